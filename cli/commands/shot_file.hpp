#pragma once

#include "base/bytes.hpp"
#include "base/handle.hpp"
#include "crypto/random.hpp"

#include <cstdio>
#include <string>

namespace rs::cli {

// A file that appears under its name only when it is whole: it is written beside it and renamed. Modes are the umask's.
class ShotFile {
 public:
  // Nothing is made before the first write(). What is there is replaced. `usage`: it is no regular file, so that opening
  // it might wait for ever; `not-found`: there is no directory to write in.
  static Result<ShotFile> at(const std::string& path, crypto::Random& random);
  // Of a name that nobody chose: nothing is replaced, it gets the first numbered_name() that is free.
  static ShotFile named(const std::string& name, crypto::Random& random);
  ShotFile(ShotFile&&) noexcept = default;
  ~ShotFile(); // what was not committed is gone

  Result<void> write(ByteView bytes); // errors name the path
  Result<std::string> commit();       // the path that it has now

 private:
  ShotFile(std::string path, bool replaces, crypto::Random& random);
  Error failed(int error) const;
  Result<void> open();
  int move_to(const std::string& path) const; // an errno; 0: done

  std::string path_;
  std::string temporary_;
  bool replaces_;
  Handle<std::FILE, std::fclose> file_;
};

} // namespace rs::cli
