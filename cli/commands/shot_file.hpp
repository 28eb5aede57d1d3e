#pragma once

#include "base/bytes.hpp"
#include "base/handle.hpp"
#include "crypto/random.hpp"

#include <cstdio>
#include <string>

namespace rs::cli {

// A file that appears under its name only when it is whole: it is written beside it and renamed. What is no regular
// file (a pipe, /dev/null) is written straight into. Modes are the umask's.
class ShotFile {
 public:
  // Nothing is made before the first write(). `usage`: a directory; `not-found`: there is none to write in.
  static Result<ShotFile> at(const std::string& path, crypto::Random& random);
  ShotFile(ShotFile&&) noexcept = default;
  ~ShotFile(); // what was not committed is gone

  Result<void> write(ByteView bytes); // errors name the path
  Result<void> commit();

 private:
  ShotFile(std::string path, std::string temporary) : path_(std::move(path)), temporary_(std::move(temporary)) {}
  Error failed(int error) const;
  Result<void> open();

  std::string path_;
  std::string temporary_; // "": written straight
  Handle<std::FILE, std::fclose> file_;
};

} // namespace rs::cli
