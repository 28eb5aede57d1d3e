#pragma once

#include "base/ids.hpp"
#include "link/write_scheduler.hpp"
#include "wire/frame.hpp"
#include "wire/messages.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rs::session {

// Names one link of a relay, over all its threads and for all its life.
using LinkKey = std::uint64_t;

// Who is at the other end of a link, as its verified certificate and hello say.
struct Peer {
  bool is_agent = false;
  std::string org;
  std::string subject; // the agent's id, or the user's
  std::string name;
  std::string email;
  Role role = Role::customer; // people and bots
};

// The relay's machine for one link. A circuit is two halves, each owned by its own link's machine; frames cross between
// them through the World, so that links may live on different threads. On the way a frame's id is rewritten in place:
// no parse of its content, no copy. Every frame is checked against what this peer may do.
class RelayLink {
 public:
  // The rest of the relay, as one link sees it. Each call returns at once; answers come back through the link's methods,
  // on the link's thread.
  class World {
   public:
    virtual void authenticate(LinkKey link, wire::Hello hello, Bytes nonce) = 0;     // → admit() or reject()
    virtual void resolve(LinkKey link, const Peer& peer, wire::Resolve request) = 0; // → answer()
    // A circuit is asked for. The World finds the target, records a session in the audit (call_no 0), and has the
    // target's link take incoming_open(). → committed() and bound(), or refused().
    virtual void route(LinkKey link, const Peer& peer, wire::CircuitId circuit, wire::OpenBody body, Buffer frame) = 0;
    virtual void cross(LinkKey to, wire::CircuitId circuit, Buffer frame) = 0; // → deliver() there
    virtual void bound(LinkKey opener, wire::CircuitId circuit, LinkKey target, wire::CircuitId target_circuit) = 0;
    virtual void wake(LinkKey link) = 0; // this link has output

   protected:
    ~World() = default;
  };

  RelayLink(LinkKey key, World& world, Bytes nonce, const std::string& relay_statement);

  // From this link's peer. An error is a broken rule of the link as a whole: close it.
  Result<void> on_message(Buffer message);
  std::optional<Buffer> next_message();
  // The link is gone: every circuit is closed at its other end.
  void lost();

  // Also takes what the peer sent right behind its hello; an error as of on_message().
  Result<void> admit(Peer peer, wire::Welcome welcome);
  void reject(wire::RelayCode code, std::string message); // the peer hears it; then the link closes
  void answer(const wire::Control& control);
  void goaway(Millis retry_after);

  // The session's record is on the disk: what was held of its control call and its calls goes on.
  void committed(wire::CircuitId circuit);
  void refused(wire::CircuitId circuit, wire::CloseBody why);
  void bound(wire::CircuitId circuit, LinkKey peer, wire::CircuitId peer_circuit);
  // Another link's technician opens a circuit to this link's agent.
  void incoming_open(LinkKey from, wire::CircuitId from_circuit, TrafficClass traffic, Buffer frame);
  // A frame of the circuit's other half.
  void deliver(wire::CircuitId circuit, Buffer frame, BootTime now);

  const Peer* peer() const { return peer_.get(); } // null until admitted
  bool finished() const { return rejected_ && scheduler_.empty(); }
  bool has_output() const { return !scheduler_.empty(); }
  std::size_t circuits() const { return halves_.size(); }
  std::size_t queued_bytes() const { return scheduler_.queued_bytes(); }

 private:
  struct Half {
    TrafficClass traffic = TrafficClass::interactive;
    bool opener = false;
    bool bound = false;
    bool committed = true;       // an opener's answers wait for the session's audit record
    wire::CircuitId control = 0; // an opener's: of the session's control call
    bool answered = false;       // ACCEPT has passed
    LinkKey peer = 0;
    wire::CircuitId peer_circuit = 0;
    std::uint64_t allowance = 0;    // DATA bytes that this link may still send: what the other half granted
    std::uint32_t early_credit = 0; // granted by this link before the other half was known
    std::list<Buffer> held;         // for this link, until committed
    link::RateMeter rate;
  };
  using Halves = std::map<wire::CircuitId, Half>;

  Result<void> keep_early(Buffer message);
  Result<void> on_control(const wire::Frame& frame);
  Result<void> on_open(const wire::Frame& frame, Buffer message);
  Result<void> check_open(const wire::OpenBody& body) const;
  void on_answer(Halves::iterator half, wire::FrameType type, Buffer message);
  void on_data(Halves::iterator half, Buffer message);
  void on_credit(Halves::iterator half, const wire::Frame& frame, Buffer message);
  void on_close(Halves::iterator half, Buffer message);
  void break_circuit(Halves::iterator half, wire::RelayCode code, const std::string& message);
  void cross_close(const Half& half, const wire::CloseBody& why);
  void release(wire::CircuitId circuit);
  void pass(Halves::iterator half, Buffer frame, BootTime now);
  void erase(Halves::iterator half);

  LinkKey key_;
  World& world_;
  Bytes nonce_;             // empty once used
  std::list<Buffer> early_; // sent right behind hello, whose check is still running
  std::size_t early_bytes_ = 0;
  std::unique_ptr<Peer> peer_;
  bool rejected_ = false;
  Halves halves_;
  std::map<SessionId, wire::CircuitId> sessions_; // whose control call this link's peer has open
  link::WriteScheduler scheduler_;
  wire::CircuitId last_from_peer_ = 0;
  wire::CircuitId next_id_ = 2; // ours are even
};

} // namespace rs::session
