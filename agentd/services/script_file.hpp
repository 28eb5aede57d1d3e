#pragma once

#include "agentd/services/account.hpp"
#include "base/result.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rs::agent {

// A script's contents as a file in a directory of its own (0700) that belongs to who runs it; both are removed
// with the object.
class ScriptFile {
 public:
  static Result<std::unique_ptr<ScriptFile>> write(const std::string& parent, std::string_view contents, const Account& owner);
  ~ScriptFile();
  ScriptFile(const ScriptFile&) = delete;
  ScriptFile& operator=(const ScriptFile&) = delete;

  // How to run it: what its #! line names, or /bin/sh, then its path. The line is read here and not by the kernel,
  // so that the directory may be mounted noexec and a missing interpreter is named.
  std::vector<std::string> command() const;

 private:
  explicit ScriptFile(std::string directory) : directory_(std::move(directory)) {}
  std::string path() const { return directory_ + "/script"; }

  std::string directory_;
  std::vector<std::string> interpreter_;
};

// The interpreter and its at most one argument, as the kernel splits a #! line; /bin/sh where there is none.
std::vector<std::string> interpreter_of(std::string_view script);

} // namespace rs::agent
