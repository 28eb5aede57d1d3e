#include "files/sources.hpp"

#include <set>

namespace rs::files {
namespace {

std::string without_slashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

std::string last_component(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string parent_of(const std::string& path) { return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1)); }

// The directory `there` as the name that the earlier attempt gave its one source, if that is what it is.
Result<Place> made_by(const JournalRecord& earlier, const Jail& jail, const std::string& path, Place there) {
  RS_TRY(auto entry, jail.resolve_entry(without_slashes(path)));
  if (!entry.name || earlier.folder.bytes != parent_of(entry.real_path)) return there;
  RS_TRY(const auto stat, entry.directory->stat(*entry.name));
  if (stat.type == FileType::directory) return entry;
  return there;
}

// Who names /dev/null or /dev/stdout wants to write there. A device the disk would refuse to replace too, but only once all
// has come.
Result<void> check_replaced(Directory& directory, const std::string& name, const std::string& path) {
  const auto there = directory.stat(name);
  if (there && there->type == FileType::device) return fail(Errc::unsupported, path + ": is a device, which stays as it is");
  if (!there || there->type != FileType::symlink) return {};
  const auto target = directory.read_link(name);
  if (target && target->starts_with("/proc/"))
    return fail(Errc::unsupported, path + ": is a link into /proc, which stays as it is");
  return {};
}

} // namespace

std::string name_of_source(const std::string& path) {
  auto last = last_component(without_slashes(path));
  return last == "." || last == ".." ? std::string() : last; // empty for "/"
}

Result<std::vector<Source>> find_sources(std::shared_ptr<const Jail> jail, const std::vector<std::string>& paths, bool content) {
  std::vector<Source> sources;
  std::set<std::string> names;
  for (const auto& path : paths) {
    Source source;
    source.as = name_of_source(path);
    source.shown = path;
    if (!source.as.empty() && !names.insert(source.as).second)
      return fail(Errc::conflict, path + ": another source has the same name '" + source.as + "'");
    source.find = [jail, path, content](Source& found) -> Result<void> {
      RS_TRY(auto place, content ? jail->resolve_file(path) : jail->resolve_entry(path));
      found.parent = std::move(place.directory);
      found.name = place.name.value_or("");
      found.shown = place.real_path;
      return {};
    };
    sources.push_back(std::move(source));
  }
  return sources;
}

Result<void> find_destination(const Jail& jail, const std::string& path, const DestinationRules& rules,
                              Receiver::Options& options) {
  RS_TRY(auto place, jail.resolve_directory_or_new(path));
  if (!rules.into && !place.name && rules.placement == Placement::renamed) {
    RS_TRY(place, jail.resolve_entry(without_slashes(path)));
  } else if (!rules.into && !place.name && rules.placement == Placement::unknown && !rules.earlier.prefix.empty()) {
    RS_TRY(place, made_by(rules.earlier, jail, path, std::move(place)));
  }
  options.base = std::move(place.directory);
  options.base_path = place.real_path;
  if (!place.name) return rules.file ? fail(Errc::conflict, path + ": is a directory; give a file's name") : Result<void>();
  if (!rules.into) {
    RS_CHECK(check_replaced(*options.base, *place.name, path));
    options.name = place.name;
    options.base_path = parent_of(place.real_path);
    return {};
  }
  RS_CHECK(options.base->make_directory(*place.name));
  RS_TRY(options.base, options.base->open_directory(*place.name));
  return options.base->set({.mode = 0755, .modified = {to_unix_seconds(options.now), 0}, .owner = {}, .attributes = {}});
}

} // namespace rs::files
