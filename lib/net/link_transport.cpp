#include "net/link_transport.hpp"

namespace rs::net {
namespace {

constexpr Millis kCloseWithin{2'000};

// The pump between a WebSocket and a link's owner, and its keep-alive.
class LinkTransport final : public Transport, WebSocket::Events {
 public:
  LinkTransport(std::shared_ptr<WebSocket> socket, KeepAlive keep_alive)
      : socket_(std::move(socket)), keep_alive_(keep_alive),
        timer_(socket_->stream().get_executor().context(), [this] { on_timer(); }) {
    socket_->stream().read_ahead();
  }
  ~LinkTransport() override { socket_->abort(); }

  void start(Owner& owner) override {
    owner_ = &owner;
    timer_.after(keep_alive_.ping_after);
    socket_->start(*this);
    pump();
  }

  void wake() override { pump(); }

  void close(std::string reason) override {
    if (closing_) return;
    closing_ = true;
    reason_ = std::move(reason);
    timer_.after(kCloseWithin);
    pump();
  }

  std::string peer_address() const override { return socket_->stream().peer_address(); }

 private:
  // Asks for a message only when it can be written at once, so that the owner's order is as late as can be. Small
  // ones are collected and leave together.
  void pump() {
    if (owner_ == nullptr || pumping_ || writing_) return;
    auto& stream = socket_->stream();
    if (!stream.has_unsent() && !stream.writable_now()) return drain(true);
    pumping_ = true; // next_message() may call wake()
    auto message = owner_->next_message();
    pumping_ = false;
    stream.set_corked(message.has_value());
    if (message) {
      writing_ = true;
      return socket_->write(std::move(*message));
    }
    if (stream.has_unsent()) return drain(false);
    if (closing_) socket_->close(kCloseNormal, reason_);
  }

  void drain(bool then_pump) {
    pump_when_drained_ |= then_pump || closing_;
    if (draining_) return;
    draining_ = true;
    socket_->drain();
  }

  void on_message(Buffer message) override { owner_->on_message(std::move(message)); }

  void on_written() override {
    writing_ = false;
    pump();
  }

  void on_drained() override {
    draining_ = false;
    if (std::exchange(pump_when_drained_, false)) pump();
  }

  void on_failed(const Error& why) override {
    timer_.cancel();
    if (!closing_) return std::exchange(owner_, nullptr)->on_closed(why);
    std::exchange(owner_, nullptr)->on_closed(fail(Errc::connection_lost, "closed: " + reason_));
  }

  void give_up(const std::string& why) {
    socket_->abort();
    on_failed(fail(Errc::connection_lost, why));
  }

  // Activity does not touch the timer; when it fires, it looks at when the last byte came.
  void on_timer() {
    if (owner_ == nullptr) return;
    if (closing_) return give_up(reason_);
    const Millis idle = steady_now() - socket_->stream().last_received();
    if (idle >= keep_alive_.dead_after)
      return give_up("nothing came from the peer for " + format_duration(keep_alive_.dead_after));
    if (idle < keep_alive_.ping_after) return timer_.after(keep_alive_.ping_after - idle);
    socket_->ping();
    timer_.after(keep_alive_.dead_after - idle);
  }

  std::shared_ptr<WebSocket> socket_;
  KeepAlive keep_alive_;
  WheelTimer timer_;
  Owner* owner_ = nullptr;
  std::string reason_;
  bool pumping_ = false, writing_ = false, draining_ = false, pump_when_drained_ = false, closing_ = false;
};

} // namespace

std::unique_ptr<Transport> make_link_transport(std::shared_ptr<WebSocket> socket, KeepAlive keep_alive) {
  return std::make_unique<LinkTransport>(std::move(socket), keep_alive);
}

} // namespace rs::net
