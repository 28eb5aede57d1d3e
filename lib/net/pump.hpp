#pragma once

#include "base/clock.hpp"
#include "net/transport.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace rs::net {

// Joins a transport to a peer's machine (session::Client, session::Agent): bytes and the time go in, bytes come out. An
// error of the machine closes the transport; whatever ends it, the machine's lost() is called once and then `on_closed`,
// inside which the pump may be destroyed. The machine outlives the pump.
template <class Machine>
class Pump final : public Transport::Owner {
 public:
  Pump(std::unique_ptr<Transport> transport, Machine& machine, const Clock& clock, std::function<void(const Error&)> on_closed)
      : transport_(std::move(transport)), machine_(machine), clock_(clock), on_closed_(std::move(on_closed)) {}

  void start() { transport_->start(*this); }
  void wake() { transport_->wake(); }
  void close(std::string reason) { transport_->close(std::move(reason)); }

  void on_message(Buffer message) override {
    if (broken_) return;
    if (auto taken = machine_.on_message(std::move(message), clock_.boot(), clock_.wall()); !taken) {
      broken_ = taken.error();
      transport_->close("protocol");
    } else {
      transport_->wake();
    }
  }
  std::optional<Buffer> next_message() override { return broken_ ? std::nullopt : machine_.next_message(clock_.boot()); }
  void on_closed(const Error& why) override {
    const Error reason = broken_.value_or(why);
    machine_.lost(reason);
    auto done = std::move(on_closed_);
    done(reason);
  }

 private:
  std::unique_ptr<Transport> transport_;
  Machine& machine_;
  const Clock& clock_;
  std::function<void(const Error&)> on_closed_;
  std::optional<Error> broken_;
};

} // namespace rs::net
