#include "agentd/services/files/entry.hpp"
#include "agentd/services/files/services.hpp"
#include "agentd/services/files/work_call.hpp"
#include "files/limits.hpp"
#include "files/posix_owners.hpp"

namespace rs::agent {
namespace {

Result<describe::Node> stat_path(const Reach& reach, const std::string& path) {
  RS_TRY(const auto jail, reach.jail());
  RS_TRY(const auto place, jail.resolve_entry(path));
  RS_TRY(const auto stat, place.name ? place.directory->stat(*place.name) : place.directory->stat());
  files::PosixOwners owners;
  auto entry = file_entry(place.real_path, stat, owners);
  entry.links = stat.links;
  entry.inode = stat.inode;
  if (stat.type == files::FileType::symlink) {
    RS_TRY(auto target, place.directory->read_link(*place.name));
    entry.target = OsString(std::move(target));
  }
  return describe::to_node(entry);
}

// Removes trees, an entry at a time; what does not go is named, and the rest goes on.
class Remover {
 public:
  Remover(const files::RemoveParams& params, const std::atomic<bool>& stop) : params_(params), stop_(stop) {}

  void remove(const files::Jail& jail, std::string path) {
    const auto asked = path;
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    const auto place = jail.resolve_entry(path);
    if (!place) return failed(asked, place.error());
    if (!place->name) return failed(asked, fail(Errc::invalid, "names no entry of a directory that could be removed"));
    if (asked != path) { // with a slash behind it, also a link is no directory
      const auto stat = place->directory->stat(*place->name);
      if (stat && stat->type != files::FileType::directory) return failed(asked, fail(Errc::conflict, "is no directory"));
    }
    remove_entry(*place->directory, *place->name, asked, 0);
  }
  files::RemoveResult result;

 private:
  void remove_entry(files::Directory& parent, const std::string& name, const std::string& shown, std::size_t depth) {
    const auto stat = parent.stat(name);
    if (!stat) return failed(shown, stat.error());
    if (stat->type != files::FileType::directory) return count(parent.remove(name), shown);
    if (!*params_.recursive) return failed(shown, fail(Errc::invalid, "is a directory; -r removes it with all that is in it"));
    if (depth > files::kMaxDepth)
      return failed(shown, fail(Errc::limit, "more than " + std::to_string(files::kMaxDepth) + " directories deep"));
    empty(parent, name, shown, depth);
    if (!stop_) count(parent.remove_directory(name), shown);
  }

  void empty(files::Directory& parent, const std::string& name, const std::string& shown, std::size_t depth) {
    const auto directory = parent.open_directory(name);
    if (!directory) return failed(shown, directory.error());
    const auto listing = (*directory)->list();
    if (!listing) return failed(shown, listing.error());
    while (!stop_) {
      const auto next = (*listing)->next();
      if (!next) return failed(shown, next.error());
      if (!*next) return;
      remove_entry(**directory, (*next)->name, shown + "/" + (*next)->name, depth + 1);
    }
  }

  void count(const Result<void>& removed, const std::string& shown) {
    if (removed) ++result.removed;
    else failed(shown, removed.error());
  }
  void failed(const std::string& shown, const Error& why) {
    if (*params_.force && why.code == Errc::not_found) return;
    ++result.failed;
    if (result.failures.size() < files::kMaxFailures) result.failures.push_back({shown, why.code, why.message});
  }

  const files::RemoveParams& params_;
  const std::atomic<bool>& stop_;
};

Result<describe::Node> remove_paths(const Reach& reach, const files::RemoveParams& params, const std::atomic<bool>& stop) {
  RS_TRY(const auto jail, reach.jail());
  Remover remover(params, stop);
  for (const auto& path : params.paths) {
    if (stop) break;
    remover.remove(jail, path.bytes);
  }
  return describe::to_node(remover.result);
}

} // namespace

session::Service stat_service(std::shared_ptr<const FilesSettings> settings) {
  const auto start = [settings](const session::Caller&, const describe::Node& node,
                                session::CallPort& port) -> Result<std::unique_ptr<session::CallHandler>> {
    RS_TRY(auto params, describe::from_node<files::PathParams>(node, describe::Unknown::ignore));
    auto work = [reach = Reach::of(*settings), params](const std::atomic<bool>&) { return stat_path(reach, params.path.bytes); };
    return std::unique_ptr<session::CallHandler>(std::make_unique<WorkCall>(*settings, port, std::move(work)));
  };
  return {files::kStatCall, Permission::files, start, [](const describe::Node& node) {
    const auto params = describe::from_node<files::PathParams>(node, describe::Unknown::ignore);
    return params ? params->path.bytes : std::string();
  }};
}

session::Service remove_service(std::shared_ptr<const FilesSettings> settings) {
  const auto start = [settings](const session::Caller&, const describe::Node& node,
                                session::CallPort& port) -> Result<std::unique_ptr<session::CallHandler>> {
    RS_TRY(auto params, describe::from_node<files::RemoveParams>(node, describe::Unknown::ignore));
    if (params.paths.size() > files::kMaxSources)
      return fail(Errc::limit, "paths: more than " + std::to_string(files::kMaxSources));
    auto work = [reach = Reach::of(*settings), params](const std::atomic<bool>& stop) {
      return remove_paths(reach, params, stop);
    };
    return std::unique_ptr<session::CallHandler>(std::make_unique<WorkCall>(*settings, port, std::move(work)));
  };
  return {files::kRemoveCall, Permission::files, start, [](const describe::Node& node) {
    const auto params = describe::from_node<files::RemoveParams>(node, describe::Unknown::ignore);
    return params ? subject_of(params->paths) : std::string();
  }};
}

std::string subject_of(const std::vector<OsString>& paths) {
  std::string text;
  for (const auto& path : paths) {
    if (text.size() > session::kMaxSubject) break;
    text += (text.empty() ? "" : ", ") + path.bytes;
  }
  return text;
}

std::vector<session::Service> files_services(std::shared_ptr<const FilesSettings> settings) {
  return {push_service(settings), pull_service(settings), list_service(settings), stat_service(settings),
          remove_service(settings)};
}

} // namespace rs::agent
