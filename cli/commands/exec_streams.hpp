#pragma once

#include "cli/agent_call.hpp"
#include "cli/terminal_streams.hpp"
#include "session/exec_messages.hpp"

#include <memory>
#include <optional>
#include <string>

namespace rs::cli {

inline constexpr std::size_t kMaxCollected = 1 << 20; // bytes of each stream with -o json; the rest is counted as truncated

struct ExecOutcome {
  session::ExecResult result;
  std::string out; // collected
  std::string err;
  bool truncated = false;
};

// One running `exec.run`: stdin goes as far as there is credit, stdout and stderr are written (or collected), and credit
// goes back only for what was taken.
class ExecStreams final : public session::CallObserver {
 public:
  struct Options {
    bool use_stdin = true;
    bool collect = false;
  };
  ExecStreams(Context& context, session::CallSpec spec, Options options);

  // Blocks until the remote program has ended and its output was written. An interruption ends it there too.
  Result<ExecOutcome> run();

 private:
  void on_progress(describe::Node) override {}
  void on_data(std::uint8_t kind, session::InData data) override;
  void on_end(std::uint8_t) override {}
  void on_writable() override;
  void on_result(describe::Node document) override;
  void on_error(const Error& error, const describe::Node& data) override;

  void feed();
  bool send_some(session::CallPort& port);
  void end_input(session::CallPort& port);
  void collect(std::string& into, const session::InData& data);
  OutputStream& output(std::uint8_t kind);
  void give_up(const Error& why);
  void finish_when_written();

  Options options_;
  AgentCall call_;
  std::unique_ptr<InputStream> input_;
  std::unique_ptr<OutputStream> out_;
  std::unique_ptr<OutputStream> err_;
  bool reading_ = false;     // a wait for input is pending
  bool input_ready_ = false; // a read will not block
  bool input_over_ = false;
  unsigned ended_attempt_ = 0;
  ExecOutcome outcome_;
  bool has_result_ = false;
  std::optional<Error> failed_;
};

} // namespace rs::cli
