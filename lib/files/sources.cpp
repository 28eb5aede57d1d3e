#include "files/sources.hpp"

namespace rs::files {
namespace {

std::string without_slashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

std::string last_component(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string parent_of(const std::string& path) { return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1)); }

} // namespace

Result<Source> find_source(const Jail& jail, const std::string& path) {
  RS_TRY(auto place, jail.resolve_entry(path));
  Source source;
  source.parent = std::move(place.directory);
  source.name = place.name.value_or("");
  source.shown = place.real_path;
  const auto last = last_component(without_slashes(path));
  if (last != "." && last != "..") source.as = last; // empty for "/"
  return source;
}

Result<void> find_destination(const Jail& jail, const std::string& path, bool into, bool file, Receiver::Options& options) {
  RS_TRY(auto place, jail.resolve_directory_or_new(path));
  options.base = std::move(place.directory);
  options.base_path = place.real_path;
  if (!place.name) return file ? fail(Errc::conflict, path + ": is a directory; give a file's name") : Result<void>();
  if (!into) {
    // The disk would refuse it too, but only once all has come.
    if (const auto there = options.base->stat(*place.name); there && there->type == FileType::device)
      return fail(Errc::unsupported, path + ": is a device, which stays as it is");
    options.name = place.name;
    options.base_path = parent_of(place.real_path);
    return {};
  }
  RS_CHECK(options.base->make_directory(*place.name));
  RS_TRY(options.base, options.base->open_directory(*place.name));
  return options.base->set({.mode = 0755, .modified = {to_unix_seconds(options.now), 0}, .owner = {}, .attributes = {}});
}

} // namespace rs::files
