#pragma once

#include "crypto/random.hpp"
#include "daemon/reactor.hpp"
#include "net/transport.hpp"
#include "relayd/devices.hpp"
#include "relayd/hub/link_auth.hpp"
#include "relayd/hub/presence.hpp"
#include "relayd/relay_keys.hpp"
#include "relayd/store/store_worker.hpp"
#include "session/relay_link.hpp"

#include <atomic>
#include <memory>
#include <unordered_map>
#include <vector>

namespace rs::relay {

inline constexpr std::size_t kMaxThreads = 256; // a link's key holds the index of its thread in one byte
inline constexpr Millis kSweepEvery{5'000};     // how often silent links are looked for

// All links of a relay. Each lives on one thread with its machine; what crosses between threads goes through the
// receiving thread's inbox, a batch a wake-up. What waits there is bounded by the credit that receivers gave.
class Hub final : public session::RelayLink::World {
 public:
  Hub(std::vector<daemon::Reactor*> reactors, store::StoreWorker& store, const RelayKeys& keys, const Tenants& tenants,
      const Devices& devices, const Clock& clock, crypto::Random& random, Millis sweep_every = kSweepEvery);
  ~Hub();

  // On the thread of reactors[thread].
  void add_link(std::size_t thread, std::unique_ptr<net::Transport> transport);
  // From any thread: every peer is told to come back later, and its link is closed.
  void drain(Millis retry_after);
  // From any thread, after the device left Devices: its links end.
  void close_device(const std::string& org, const crypto::PublicKey& sign_key);

  const Presence& presence() const { return presence_; }
  std::size_t links() const { return links_; }
  std::size_t circuits() const { return circuits_; }

 private:
  class Link;
  struct Crossing {
    session::LinkKey to;
    std::function<void(Link*)> act; // signalling, with null where the link has gone; or
    wire::CircuitId circuit = 0;    // a frame for this circuit
    Buffer frame;
  };
  struct Thread {
    daemon::Reactor* reactor;
    std::unordered_map<session::LinkKey, std::unique_ptr<Link>> links;
    std::unique_ptr<daemon::Reactor::Timer> sweep;
    std::mutex mutex; // guards the inbox only
    std::vector<Crossing> inbox;
  };

  // RelayLink::World
  void authenticate(session::LinkKey link, wire::Hello hello, Bytes nonce) override;
  void resolve(session::LinkKey link, const session::Peer& peer, wire::Resolve request) override;
  void route(session::LinkKey link, const session::Peer& peer, wire::CircuitId circuit, wire::OpenBody body,
             Buffer frame) override;
  void cross(session::LinkKey to, wire::CircuitId circuit, Buffer frame) override;
  void bound(session::LinkKey opener, wire::CircuitId circuit, session::LinkKey target, wire::CircuitId target_circuit) override;
  void wake(session::LinkKey link) override;

  static std::size_t thread_of(session::LinkKey key) { return key & 0xff; }
  Link* find_here(session::LinkKey key); // on its own thread only
  // Runs `act` with the link on its thread, at once where we are there, else later; where it has gone, `gone` instead.
  void on_link(session::LinkKey key, std::function<void(Link&)> act, std::function<void()> gone = {});
  void post(Crossing crossing);
  void take_inbox(Thread& thread);
  void remove(session::LinkKey key);
  void sweep(std::size_t thread);
  void admit_agent(session::LinkKey link, HelloCheck check);
  void commit_agent(store::Store& store, session::LinkKey link, const HelloCheck& check);
  void report_clone(const HelloCheck& check);
  void agent_left(const session::Peer& peer, session::LinkKey link);

  std::vector<std::unique_ptr<Thread>> threads_;
  store::StoreWorker& store_;
  const RelayKeys& keys_;
  const Tenants& tenants_;
  const Devices& devices_;
  const Clock& clock_;
  crypto::Random& random_;
  Millis sweep_every_;
  Presence presence_;
  std::atomic<std::uint64_t> next_link_{1};
  std::atomic<std::size_t> links_{0};
  std::atomic<std::size_t> circuits_{0};
};

} // namespace rs::relay
