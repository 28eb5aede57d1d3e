#pragma once

#include "base/result.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace rs::cli {

enum class Stream { out = 1, err = 2 };

// The process's own standard streams, as far as they are used without a reactor.
class Terminal {
 public:
  virtual ~Terminal() = default;
  virtual bool input_is_terminal() const = 0;
  // A question on stderr and its answer's line, without its end. `interrupted`: Ctrl-C; `usage`: the input ended.
  virtual Result<std::string> ask(std::string_view question) = 0;
  virtual Result<std::string> ask_secret(std::string_view question) = 0; // nothing is echoed
  // All of stdin. `limit` names `what` and the limit.
  virtual Result<std::string> read_input(std::size_t limit, std::string_view what) = 0;
  // Blocks. `io` where the other end is gone.
  virtual Result<void> write(Stream stream, std::string_view text) = 0;
};

std::unique_ptr<Terminal> make_terminal();

// At the start: descriptors 0 to 2 exist (so that no socket gets one of their numbers), and a write to a closed pipe is
// an error, not the end of the process.
void prepare_standard_streams();

} // namespace rs::cli
