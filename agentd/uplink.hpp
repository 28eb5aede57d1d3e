#pragma once

#include "agentd/backoff.hpp"
#include "base/clock.hpp"
#include "net/client.hpp"
#include "net/pump.hpp"
#include "session/agent.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace rs::agent {

// A TicketStore that can be told to leave one ticket unused: a resumed connection proves only who the relay was.
class ForgettingTickets final : public net::TicketStore {
 public:
  explicit ForgettingTickets(std::unique_ptr<net::TicketStore> store) : store_(std::move(store)) {}
  void forget_next() { forget_ = true; }
  std::optional<Bytes> load(const std::string& key) override {
    if (std::exchange(forget_, false)) return std::nullopt;
    return store_->load(key);
  }
  void save(const std::string& key, ByteView session) override { store_->save(key, session); }

 private:
  std::unique_ptr<net::TicketStore> store_;
  bool forget_ = false;
};

// Keeps one link to the relay: connects, joins it to a machine that its owner makes, and comes back after every loss.
// One thread.
class Uplink {
 public:
  class Owner {
   public:
    // Before each attempt. An error is logged and counts as a failed one.
    virtual Result<net::ConnectOptions> prepare() = 0;
    virtual Result<std::unique_ptr<session::Agent>> make_machine(const net::ServerIdentity& server) = 0;
    virtual void on_second() = 0; // while the link lives
    // The link is gone (its machine has been told) or an attempt failed.
    virtual void on_down(const Error& why) = 0;

   protected:
    ~Owner() = default;
  };

  Uplink(daemon::Reactor& reactor, const Clock& clock, Backoff backoff, std::unique_ptr<net::TicketStore> tickets, Owner& owner);
  ~Uplink();

  void start() { connect(); }
  void wake(); // the machine may have output; from inside its callbacks too
  // Ends every session with `why`, writes what is queued and closes; then `done`, once. Nothing comes back.
  void stop(const Error& why, std::function<void()> done);

  // What the machine's host heard of its link.
  void welcomed();
  void told_to_go(Millis retry_after) { retry_after_ = retry_after; }

  session::Agent* machine() { return machine_.get(); } // null while there is no link

 private:
  void connect();
  void on_connected(Result<std::unique_ptr<net::Client>> client);
  void on_link(Result<std::unique_ptr<net::Transport>> transport);
  void tick();
  void on_closed(const Error& why);
  Millis delay_after(const Error& why);

  daemon::Reactor& reactor_;
  const Clock& clock_;
  Backoff backoff_;
  ForgettingTickets tickets_;
  Owner& owner_;
  daemon::Reactor::Timer retry_;
  daemon::Reactor::Timer second_;

  std::unique_ptr<net::Client> client_;
  net::ServerIdentity server_;
  std::unique_ptr<session::Agent> machine_;
  std::unique_ptr<net::Pump<session::Agent>> pump_; // before machine_ at the end
  BootTime linked_at_{};
  bool welcomed_ = false;
  bool tried_without_ticket_ = false;
  bool wake_posted_ = false;
  std::optional<Millis> retry_after_;
  std::function<void()> stopped_;                         // set: nothing comes back
  std::shared_ptr<int> alive_ = std::make_shared<int>(0); // answers that come after our end find it expired
};

} // namespace rs::agent
