#include "agentd/services/exec.hpp"

#include "agentd/services/process.hpp"
#include "session/exec_messages.hpp"

#include <algorithm>
#include <array>
#include <deque>

namespace rs::agent {
namespace {

using session::CallPort;
using session::InData;

constexpr std::size_t kMaxFrameData = 256 * 1024 - session::OutFrame::kBack - 1; // DATA's payload less kind and tag
constexpr std::size_t kProbeBytes = 512;                                         // room for a read where the pipe seems empty
constexpr int kFramesATurn = 16;                                                 // then other work of the reactor gets its turn

std::uint8_t kind_of(Output output) { return output == Output::out ? session::kExecStdout : session::kExecStderr; }

// One command. port_.result() may destroy this, so it is always the last thing done.
class ExecCall final : public session::CallHandler, private Process::Events {
 public:
  ExecCall(daemon::Reactor& reactor, const Clock& clock, CallPort& port)
      : reactor_(reactor), clock_(clock), port_(port), limit_timer_(reactor), grace_timer_(reactor) {}

  Result<void> start(ExecPlan plan, std::optional<Millis> limit);

  void on_data(std::uint8_t kind, InData data) override;
  void on_end(std::uint8_t kind) override;
  void on_writable() override { pump_all(); }
  void on_lost(const Error& why) override;

 private:
  struct Stream {
    bool ended = false;
    std::optional<std::size_t> left; // after the grace: what the pipe held then
  };

  void on_readable(Output output) override;
  void on_stdin_writable() override { pump_stdin(); }
  void on_exit(const ExitStatus& status) override;

  Stream& stream(Output output) { return streams_[static_cast<std::size_t>(output)]; }
  void pump_stdin();
  void discard_stdin();
  void pump_all();
  void pump(Output output);
  bool forward_some(Output output);
  void end(Output output);
  void grace_over();
  void finish_if_done();

  daemon::Reactor& reactor_;
  const Clock& clock_;
  CallPort& port_;
  daemon::Reactor::Timer limit_timer_;
  daemon::Reactor::Timer grace_timer_;
  std::unique_ptr<ScriptFile> script_;
  std::unique_ptr<Process> process_;
  BootTime started_;
  std::optional<ExitStatus> status_;
  bool limit_hit_ = false;
  std::array<Stream, 2> streams_;
  std::deque<InData> input_;     // not yet written; bounded by the credit that the peer was given
  std::size_t input_offset_ = 0; // into the first
  bool input_open_ = false;
  bool input_ended_ = false;
};

Result<void> ExecCall::start(ExecPlan plan, std::optional<Millis> limit) {
  started_ = clock_.boot();
  script_ = std::move(plan.script);
  input_open_ = plan.options.use_stdin;
  RS_TRY(process_, Process::spawn(reactor_, plan.options, *this));
  if (limit) {
    limit_timer_.after(*limit, [this] {
      limit_hit_ = true;
      process_->kill_group();
    });
  }
  return {};
}

void ExecCall::on_data(std::uint8_t kind, InData data) {
  if (kind != session::kExecStdin || !input_open_) return port_.consumed(data.size());
  input_.push_back(std::move(data));
  if (input_.size() == 1) pump_stdin();
}

void ExecCall::on_end(std::uint8_t kind) {
  if (kind != session::kExecStdin) return;
  input_ended_ = true;
  pump_stdin();
}

void ExecCall::pump_stdin() {
  while (!input_.empty()) {
    const auto rest = input_.front().view().subspan(input_offset_);
    const auto taken = process_->write_stdin(rest);
    if (!taken) return discard_stdin();
    input_offset_ += *taken;
    if (*taken != 0) port_.consumed(*taken);
    if (*taken < rest.size()) return;
    input_.pop_front();
    input_offset_ = 0;
  }
  if (input_ended_) process_->close_stdin();
}

// The program has closed its stdin: that is its right, and the sender must not wait for it.
void ExecCall::discard_stdin() {
  input_open_ = false;
  std::size_t unwritten = 0;
  for (const auto& data : input_) unwritten += data.size();
  unwritten -= input_offset_;
  input_.clear();
  input_offset_ = 0;
  if (unwritten != 0) port_.consumed(unwritten);
}

void ExecCall::on_lost(const Error&) {
  process_->kill_group();
  limit_timer_.cancel();
  grace_timer_.cancel();
}

void ExecCall::on_readable(Output output) {
  pump(output);
  finish_if_done();
}

void ExecCall::pump_all() {
  pump(Output::out);
  pump(Output::err);
  finish_if_done();
}

void ExecCall::pump(Output output) {
  for (int frames = 0; !stream(output).ended; ++frames) {
    if (frames == kFramesATurn) return process_->wait_readable(output);
    if (!forward_some(output)) return;
  }
}

// One read into one frame. False: nothing more now; the reactor or on_writable will call again.
bool ExecCall::forward_some(Output output) {
  auto& from = stream(output);
  std::size_t room = std::min({port_.sendable(), kMaxFrameData, std::max(process_->readable(output), kProbeBytes)});
  if (from.left) room = std::min(room, *from.left);
  if (room == 0) {
    if (from.left == 0 || process_->at_end(output)) end(output); // an end needs no credit
    return false;
  }
  session::OutFrame frame(room);
  const auto read = process_->read(output, frame.room());
  if (read.size == 0) {
    if (read.end == ReadEnd::eof || from.left) end(output);
    return false;
  }
  if (from.left) *from.left -= read.size;
  port_.send(kind_of(output), std::move(frame), read.size);
  return true;
}

void ExecCall::end(Output output) {
  stream(output).ended = true;
  port_.end(kind_of(output));
}

void ExecCall::on_exit(const ExitStatus& status) {
  status_ = status;
  limit_timer_.cancel();
  grace_timer_.after(kOutputGrace, [this] { grace_over(); });
  pump_all();
}

void ExecCall::grace_over() {
  for (const auto output : {Output::out, Output::err}) stream(output).left = process_->readable(output);
  pump_all();
}

void ExecCall::finish_if_done() {
  if (!status_ || !streams_[0].ended || !streams_[1].ended) return;
  const auto took = clock_.boot() - started_;
  const session::ExecResult result{status_->exit_code, status_->signal, limit_hit_, static_cast<std::uint64_t>(took.count())};
  port_.result(describe::to_node(result));
}

} // namespace

session::Service exec_service(daemon::Reactor& reactor, const Clock& clock, ExecSettings settings) {
  const auto start = [&reactor, &clock, settings = std::move(settings)](
                         const session::Caller& caller, const describe::Node& node,
                         CallPort& port) -> Result<std::unique_ptr<session::CallHandler>> {
    RS_TRY(const auto params, describe::from_node<session::ExecParams>(node, describe::Unknown::ignore));
    RS_TRY(auto plan, plan_exec(params, caller, settings));
    auto call = std::make_unique<ExecCall>(reactor, clock, port);
    RS_CHECK(call->start(std::move(plan), params.limit));
    return std::unique_ptr<session::CallHandler>(std::move(call));
  };
  return {session::kExecCall, Permission::exec, start};
}

} // namespace rs::agent
