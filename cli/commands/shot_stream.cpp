#include "cli/commands/shot_stream.hpp"

#include "describe/codec.hpp"

namespace rs::cli {
namespace {

constexpr int kStdout = 1;

} // namespace

ShotStream::ShotStream(Context& context, session::CallSpec spec, ShotFile* file)
    : file_(file), call_(context, std::move(spec), *this) {}

Result<desktop::ShotResult> ShotStream::run() {
  auto done = call_.run();
  if (done && failed_) done = *failed_;
  if (done) done = check();
  if (done) return std::move(*result_);
  call_.cancel();
  return done.error();
}

// The result says how much was sent, and the stream's end is sealed.
Result<void> ShotStream::check() const {
  if (result_ && ended_ && received_ == result_->bytes) return {};
  return fail(Errc::integrity, "the picture came in part");
}

void ShotStream::on_data(std::uint8_t kind, session::InData data) {
  if (kind != desktop::kShotPng || failed_) return call_.port()->consumed(data.size());
  received_ += data.size();
  if (file_ == nullptr) return write(std::move(data));
  if (const auto written = file_->write(data.view()); !written) return give_up(written.error());
  call_.port()->consumed(data.size());
}

void ShotStream::write(session::InData data) {
  if (!out_) {
    OutputStream::Events events{.written = [this](std::size_t bytes) {
      if (auto* port = call_.port()) {
        port->consumed(bytes);
        call_.wake();
      }
      finish_when_written();
    }, .failed = [this](const Error& why) { give_up(why); }};
    out_ = open_output(call_.reactor(), kStdout, std::move(events));
  }
  out_->write(std::move(data));
}

void ShotStream::on_result(describe::Node document) {
  auto result = describe::from_node<desktop::ShotResult>(document, describe::Unknown::ignore);
  if (!result) return give_up(within("result", result.error()));
  result_ = std::move(*result);
  finish_when_written();
}

void ShotStream::give_up(const Error& why) {
  if (!failed_) failed_ = why;
  call_.finish();
}

void ShotStream::finish_when_written() {
  if (result_ && (!out_ || out_->idle())) call_.finish();
}

} // namespace rs::cli
