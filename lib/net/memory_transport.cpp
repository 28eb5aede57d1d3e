#include "net/memory_transport.hpp"

namespace rs::net {
namespace {

// One end's share of the link; it lives as long as tasks on the way refer to it.
struct End : std::enable_shared_from_this<End> {
  End(daemon::Reactor& r, std::size_t max) : reactor(r), max_message(max) {}

  void wake() {
    if (scheduled || owner == nullptr) return;
    scheduled = true;
    reactor.post([self = shared_from_this()] { self->pull(); });
  }

  void pull() {
    scheduled = false;
    if (owner == nullptr) return;
    const auto other = peer.lock();
    if (other && other->owner == nullptr && !other->gone) return; // the peer has not started: its start() wakes us
    auto message = owner->next_message();
    if (message && other) {
      other->receive(std::move(*message));
      return wake();
    }
    if (closing) end(fail(Errc::connection_lost, "closed: " + reason), "closed by the peer: " + reason);
  }

  void receive(Buffer message) {
    if (owner == nullptr) return;
    if (message.size() <= max_message) return owner->on_message(std::move(message));
    end(fail(Errc::limit, "a message is larger than the link's limit"), "the link's limit");
  }

  void end(const Error& why, const std::string& for_peer) {
    gone = true;
    if (const auto other = peer.lock(); other && !other->gone) {
      other->gone = true;
      reactor.post([other, for_peer] { other->finish(fail(Errc::connection_lost, for_peer)); });
    }
    reactor.post([self = shared_from_this(), why] { self->finish(why); });
  }

  void finish(const Error& why) {
    if (owner != nullptr) std::exchange(owner, nullptr)->on_closed(why);
    else lost = why;
  }

  daemon::Reactor& reactor;
  std::size_t max_message;
  std::weak_ptr<End> peer;
  Transport::Owner* owner = nullptr;
  std::optional<Error> lost; // before start()
  std::string reason;
  bool scheduled = false, closing = false, gone = false;
};

class MemoryTransport final : public Transport {
 public:
  explicit MemoryTransport(std::shared_ptr<End> end) : end_(std::move(end)) {}
  ~MemoryTransport() override {
    end_->owner = nullptr;
    if (!end_->gone) end_->end(fail(Errc::connection_lost, ""), "the peer ended the connection");
  }

  void start(Owner& owner) override {
    end_->owner = &owner;
    if (end_->lost) return end_->reactor.post([end = end_] { end->finish(*end->lost); });
    end_->wake();
    if (const auto other = end_->peer.lock()) other->wake();
  }
  void wake() override { end_->wake(); }
  void close(std::string reason) override {
    end_->closing = true;
    end_->reason = std::move(reason);
    end_->wake();
  }
  std::string peer_address() const override { return "memory"; }

 private:
  std::shared_ptr<End> end_;
};

} // namespace

std::pair<std::unique_ptr<Transport>, std::unique_ptr<Transport>> make_memory_link(daemon::Reactor& reactor,
                                                                                   std::size_t max_message) {
  auto a = std::make_shared<End>(reactor, max_message);
  auto b = std::make_shared<End>(reactor, max_message);
  a->peer = b;
  b->peer = a;
  return {std::make_unique<MemoryTransport>(std::move(a)), std::make_unique<MemoryTransport>(std::move(b))};
}

} // namespace rs::net
