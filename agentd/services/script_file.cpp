#include "agentd/services/script_file.hpp"

#include "daemon/descriptor.hpp"
#include "daemon/posix_error.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>

namespace rs::agent {
namespace {

constexpr std::string_view kBlanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

Error script_error() { return daemon::posix_error("script", errno); }

Result<void> write_all(int fd, std::string_view contents) {
  while (!contents.empty()) {
    const ssize_t size = ::write(fd, contents.data(), contents.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return script_error();
    contents.remove_prefix(static_cast<std::size_t>(size));
  }
  return {};
}

Result<void> hand_over(const std::string& path, const Account& owner) {
  if (owner.uid == ::geteuid()) return {};
  if (::chown(path.c_str(), owner.uid, owner.gid) != 0) return script_error();
  return {};
}

} // namespace

std::vector<std::string> interpreter_of(std::string_view script) {
  if (!script.starts_with("#!")) return {"/bin/sh"};
  const auto line =
      trimmed(script.substr(2, script.find('\n') == std::string_view::npos ? script.size() : script.find('\n') - 2));
  if (line.empty()) return {"/bin/sh"};
  const auto end = line.find_first_of(kBlanks);
  std::vector<std::string> out{std::string(line.substr(0, end))};
  if (end != std::string_view::npos) out.emplace_back(trimmed(line.substr(end)));
  return out;
}

Result<std::unique_ptr<ScriptFile>> ScriptFile::write(const std::string& parent, std::string_view contents,
                                                      const Account& owner) {
  std::string directory = parent + "/agentd-script-XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr) return script_error();
  std::unique_ptr<ScriptFile> script(new ScriptFile(directory));
  const daemon::Descriptor file(::open(script->path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0700));
  if (!file) return script_error();
  RS_CHECK(write_all(file.get(), contents));
  RS_CHECK(hand_over(script->path(), owner));
  RS_CHECK(hand_over(directory, owner));
  script->interpreter_ = interpreter_of(contents);
  return script;
}

ScriptFile::~ScriptFile() {
  ::unlink(path().c_str());
  ::rmdir(directory_.c_str());
}

std::vector<std::string> ScriptFile::command() const {
  auto out = interpreter_;
  out.push_back(path());
  return out;
}

} // namespace rs::agent
