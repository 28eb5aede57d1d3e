#include "files/pumps.hpp"

#include "files/limits.hpp"

#include <algorithm>
#include <cstring>

namespace rs::files {
namespace {

constexpr unsigned kFilling = 3;               // frames that are being filled at once
constexpr std::size_t kMostReplies = 64 << 10; // bytes that wait to leave

} // namespace

SendPump::SendPump(Open open, PumpPlaces places, std::function<void(Result<void>)> over)
    : open_(std::move(open)), places_(std::move(places)), over_(std::move(over)) {}

void SendPump::start(session::CallPort& port) {
  port_ = &port;
  places_.disk([self = shared_from_this()] {
    auto opened = self->open_();
    if (opened) self->sender_ = std::move(*opened);
    self->places_.home([self, how = opened ? Result<void>() : opened.error()] {
      if (self->port_ == nullptr) return;
      if (!how) return self->finish(how);
      self->opened_ = true;
      self->pump();
      if (self->places_.wake) self->places_.wake();
    });
  });
}

void SendPump::pump() {
  const auto self = shared_from_this(); // over_ may let go of us
  if (!opened_) return;
  send_ready();
  while (port_ != nullptr && !idle_ && !done_ && filling_ < kFilling) {
    const auto sendable = std::min(port_->sendable(), kMaxFrame);
    const auto bytes = std::max(sendable, Sender::kMinRoom);
    if (sendable == 0 || !port_->may_send(reserved_ + bytes)) return;
    fill(bytes);
  }
}

void SendPump::fill(std::size_t bytes) {
  ++filling_;
  reserved_ += bytes;
  auto frame = std::make_shared<session::OutFrame>(bytes);
  places_.disk([self = shared_from_this(), frame, bytes] {
    auto filled = self->sender_->fill(frame->room());
    const bool done = self->sender_->done();
    self->places_.home([self, frame, filled = std::move(filled), bytes, done] {
      self->on_filled(Frame{std::move(*frame), filled}, bytes, done);
    });
  });
}

void SendPump::on_filled(Frame frame, std::size_t reserved, bool done) {
  --filling_;
  reserved_ -= reserved;
  if (port_ == nullptr) return;
  if (!frame.filled) return finish(frame.filled.error());
  done_ = done_ || done;
  if (frame.filled->size == 0) {
    idle_ = true;
  } else {
    reserved_ += frame.filled->size;
    ready_.push_back(std::move(frame));
  }
  pump();
  if (port_ != nullptr && done_ && filling_ == 0 && ready_.empty()) finish({});
  if (places_.wake) places_.wake();
}

void SendPump::send_ready() {
  while (port_ != nullptr && !ready_.empty() && port_->may_send(ready_.front().filled->size)) {
    auto frame = std::move(ready_.front());
    ready_.pop_front();
    reserved_ -= frame.filled->size;
    port_->send(frame.filled->kind, std::move(frame.frame), frame.filled->size);
  }
  if (port_ != nullptr && done_ && filling_ == 0 && ready_.empty()) finish({});
}

void SendPump::on_reply(session::InData data) {
  auto shared = std::make_shared<session::InData>(std::move(data));
  places_.disk([self = shared_from_this(), shared] {
    const auto taken = self->sender_ ? self->sender_->on_replies(shared->view()) : Result<void>();
    self->places_.home([self, taken, size = shared->size()] {
      if (self->port_ == nullptr) return;
      self->port_->consumed(size);
      if (!taken) return self->finish(taken.error());
      self->idle_ = false;
      self->pump();
      if (self->places_.wake) self->places_.wake();
    });
  });
}

void SendPump::stop() {
  port_ = nullptr;
  if (opened_) sender_->cancel();
}

void SendPump::finish(Result<void> how) {
  auto* port = std::exchange(port_, nullptr);
  if (how) port->end(kPlainStream);
  over_(std::move(how));
  if (places_.wake) places_.wake();
}

ReceivePump::ReceivePump(std::shared_ptr<StreamSink> sink, PumpPlaces places, std::function<void(Result<void>)> over)
    : sink_(std::move(sink)), places_(std::move(places)), over_(std::move(over)) {}

void ReceivePump::start(session::CallPort& port) {
  port_ = &port;
  places_.disk([self = shared_from_this()] {
    const auto how = self->sink_->start();
    self->failed_ = !how;
    self->places_.home([self, how, replies = self->sink_->take_replies()] { self->taken(0, replies, how); });
  });
}

void ReceivePump::on_data(std::uint8_t kind, session::InData data) {
  auto shared = std::make_shared<session::InData>(std::move(data));
  places_.disk([self = shared_from_this(), kind, shared] {
    const auto how = self->failed_ ? Result<void>() : self->sink_->on_frame(kind, shared->view());
    if (!how) self->failed_ = true;
    self->places_.home(
        [self, how, size = shared->size(), replies = self->sink_->take_replies()] { self->taken(size, replies, how); });
  });
}

void ReceivePump::on_end() {
  places_.disk([self = shared_from_this()] {
    if (self->failed_) return;
    auto how = self->sink_->finish();
    self->failed_ = true; // nothing more is for the sink
    self->closed_ = how.has_value();
    self->places_.home([self, how] { self->finish(how); });
  });
}

void ReceivePump::taken(std::size_t bytes, std::string replies, const Result<void>& how) {
  if (stopped_) return;
  held_ += bytes;
  replies_ += replies;
  send_replies();
  if (!how) finish(how);
  if (places_.wake) places_.wake();
}

// Who takes no replies gets no credit for more questions.
void ReceivePump::give_credit() {
  if (port_ != nullptr && held_ > 0 && replies_.size() < kMostReplies) port_->consumed(std::exchange(held_, 0));
}

void ReceivePump::send_replies() {
  while (port_ != nullptr && !replies_.empty()) {
    const auto part = std::min({port_->sendable(), replies_.size(), kMaxFrame});
    if (part == 0) break;
    session::OutFrame frame(part);
    std::memcpy(frame.room().data(), replies_.data(), part);
    port_->send(kReplyStream, std::move(frame), part);
    replies_.erase(0, part);
  }
  give_credit();
}

void ReceivePump::finish(Result<void> how) {
  if (std::exchange(finished_, true)) return;
  if (!how) {
    places_.disk([self = shared_from_this()] { self->abandon(); });
  }
  port_ = nullptr;
  if (!stopped_) over_(std::move(how));
  if (places_.wake) places_.wake();
}

void ReceivePump::stop() {
  port_ = nullptr;
  stopped_ = true;
  sink_->cancel();
  if (std::exchange(finished_, true)) return;
  places_.disk([self = shared_from_this()] { self->abandon(); });
}

// A sink that failed while stop() was on its way is abandoned too.
void ReceivePump::abandon() {
  failed_ = true;
  if (!std::exchange(closed_, true)) sink_->abandon();
}

} // namespace rs::files
