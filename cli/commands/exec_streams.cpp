#include "cli/commands/exec_streams.hpp"

#include "describe/codec.hpp"
#include "wire/limits.hpp"

namespace rs::cli {
namespace {

constexpr std::size_t kMaxRead = wire::kMaxData - 64; // bytes; leaves room for what surrounds them in a frame
constexpr int kStdin = 0, kStdout = 1, kStderr = 2;

} // namespace

ExecStreams::ExecStreams(Context& context, session::CallSpec spec, Options options)
    : options_(options), call_(context, std::move(spec), *this) {}

Result<ExecOutcome> ExecStreams::run() {
  const auto ran = call_.run();
  if (!ran) {
    call_.cancel();
    return ran.error();
  }
  if (failed_) {
    call_.cancel();
    return *failed_;
  }
  return std::move(outcome_);
}

void ExecStreams::on_writable() { feed(); }

void ExecStreams::feed() {
  auto* port = call_.port();
  if (port == nullptr || !options_.use_stdin) return;
  if (!input_ && !input_over_) input_ = open_input(call_.reactor(), kStdin);
  while (!input_over_ && port->sendable() > 0) {
    if (!input_ready_) {
      if (!std::exchange(reading_, true)) {
        input_->wait([this] {
          reading_ = false;
          input_ready_ = true;
          feed();
          call_.wake();
        });
      }
      return;
    }
    input_ready_ = false;
    if (!send_some(*port)) return;
  }
  if (input_over_) end_input(*port);
}

// One read, one frame. False where nothing more may be sent now.
bool ExecStreams::send_some(session::CallPort& port) {
  session::OutFrame frame(std::min(port.sendable(), kMaxRead));
  const auto got = input_->read(frame.room());
  if (!got) {
    give_up(got.error());
    return false;
  }
  if (*got == 0) {
    input_over_ = true;
    input_.reset();
    return true;
  }
  call_.commit();
  port.send(session::kExecStdin, std::move(frame), *got);
  return true;
}

// A call that is opened again after a stale certificate needs its end again.
void ExecStreams::end_input(session::CallPort& port) {
  if (std::exchange(ended_attempt_, call_.attempt()) != call_.attempt()) port.end(session::kExecStdin);
}

void ExecStreams::collect(std::string& into, const session::InData& data) {
  const auto text = as_text(data.view());
  const auto room = kMaxCollected - into.size();
  outcome_.truncated |= text.size() > room;
  into.append(text.substr(0, room));
  call_.port()->consumed(data.size());
}

OutputStream& ExecStreams::output(std::uint8_t kind) {
  auto& stream = kind == session::kExecStdout ? out_ : err_;
  if (!stream) {
    OutputStream::Events events{.written = [this](std::size_t bytes) {
      if (auto* port = call_.port()) {
        port->consumed(bytes);
        call_.wake();
      }
      finish_when_written();
    }, .failed = [this](const Error& why) { give_up(why); }};
    stream = open_output(call_.reactor(), kind == session::kExecStdout ? kStdout : kStderr, std::move(events));
  }
  return *stream;
}

void ExecStreams::on_data(std::uint8_t kind, session::InData data) {
  if (kind != session::kExecStdout && kind != session::kExecStderr) return;
  if (failed_) return;
  if (options_.collect) return collect(kind == session::kExecStdout ? outcome_.out : outcome_.err, data);
  output(kind).write(std::move(data));
}

void ExecStreams::on_result(describe::Node document) {
  auto result = describe::from_node<session::ExecResult>(document, describe::Unknown::ignore);
  if (!result) return give_up(within("result", result.error()));
  outcome_.result = std::move(*result);
  has_result_ = true;
  finish_when_written();
}

void ExecStreams::on_error(const Error& error, const describe::Node&) { give_up(error); }

void ExecStreams::give_up(const Error& why) {
  if (!failed_) failed_ = why;
  call_.finish();
}

void ExecStreams::finish_when_written() {
  if (has_result_ && (!out_ || out_->idle()) && (!err_ || err_->idle())) call_.finish();
}

} // namespace rs::cli
