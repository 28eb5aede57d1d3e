#pragma once

#include "session/call_channel.hpp"
#include "session/messages.hpp"
#include "session/peer_link.hpp"
#include "session/policy.hpp"

#include <map>
#include <memory>
#include <set>

namespace rs::session {

// What the agent keeps on record before it answers: who did what, and whether it was allowed.
struct AgentAudit {
  std::string action; // the call's name, or "call" where it could not be read
  Caller caller;
  bool allowed = false;
  std::string reason;
  std::string subject; // as the service's row says
};

struct SessionInfo {
  SessionId session;
  Caller caller;
  WallTime since{};
  std::vector<std::string> calls; // running now
};

// The agent's machine: one link, its sessions and their calls. Every call passes one permission check and one audit
// record before its handler is made; there is no other way to a handler. Sans-IO; callbacks come from inside its calls.
class Agent {
 public:
  // What the machine asks of its program.
  class Host {
   public:
    virtual const Policy& policy() = 0;
    virtual const TakenBack& taken_back() = 0;
    virtual int local_minute() = 0;
    // `done` once, later or at once; an error refuses what was to be recorded.
    virtual void audit(AgentAudit record, std::function<void(Result<void>)> done) = 0;
    virtual void on_welcomed(const PeerLink::Welcomed& welcomed) = 0;
    virtual void on_relay_statement(const sealed::RelayStatement& statement) = 0;
    virtual void on_goaway(Millis retry_after) = 0;
    // Something has been queued, perhaps outside of any input. Called from below handlers: only remember it, and drain
    // next_message() later.
    virtual void wake() = 0;

   protected:
    ~Host() = default;
  };

  struct Config {
    PeerLink::Config link;
    sealed::OrgStatement org; // newest verified one
    AgentId id;
    std::string name;
    std::string version;
    std::vector<Service> services;
    WallTime build_date{}; // with `greatest_iat` the floor of this machine's clock
    WallTime greatest_iat{};
  };

  Agent(Config config, crypto::Random& random, Host& host);
  ~Agent(); // handlers are destroyed without a call; lost() first

  // An error ends the link; the caller closes the transport and then calls lost().
  Result<void> on_message(Buffer message, BootTime now, WallTime wall);
  std::optional<Buffer> next_message(BootTime now);
  // Sessions whose certificate has run out or that never spoke end here. Call it at least every second while sessions live.
  void on_time(BootTime now);
  void lost(const Error& why);

  std::vector<SessionInfo> sessions() const; // those that have spoken
  // Ends sessions with a sealed word to the technician: one, or all, or all of one e-mail. The number that ended.
  std::size_t end_session(const SessionId& session, const Error& why);
  std::size_t end_all(const Error& why);
  std::size_t end_technician(const std::string& email, const Error& why);
  WallTime greatest_iat() const { return time_.floor(); }

 private:
  struct Session;
  struct Call;

  Result<void> handle(link::Endpoint::Event event, BootTime now, WallTime wall);
  void on_opened(link::Endpoint::Opened opened, BootTime now, WallTime wall);
  void open_session(const link::Endpoint::Opened& opened, BootTime now, WallTime wall);
  Result<sealed::TechnicianClaims> check_certificate(const link::Endpoint::Opened& opened, ByteView payload,
                                                     const crypto::PublicKey& noise_key, WallTime wall);
  void open_call(const link::Endpoint::Opened& opened);
  void on_received(link::Endpoint::Received received, BootTime now, WallTime wall);
  void on_request(Call& call, const describe::Node& node, BootTime now);
  void start_handler(wire::CircuitId circuit, const Service& service, describe::Node params);
  void first_word(Session& session, WallTime wall);
  void refuse_recorded(Call& call, const Error& error);
  void refuse_call(Call& call, const Error& error);
  void note_verified(std::int64_t iat, WallTime wall);
  bool may_handshake(BootTime now);
  std::size_t sessions_of(const crypto::PublicKey& key) const;
  void on_closed(wire::CircuitId circuit, const Error& why);
  void finish_call(wire::CircuitId circuit);
  void drop_call(wire::CircuitId circuit, const Error& why, bool tell = false);
  void drop_session(const SessionId& session, const Error& why, bool tell);
  void collect_finished();
  std::size_t half_sessions() const;

  PeerLink link_;
  Config config_;
  crypto::Random& random_;
  Host& host_;
  sealed::TrustedTime time_;
  std::map<SessionId, std::unique_ptr<Session>> sessions_;
  std::map<wire::CircuitId, std::unique_ptr<Call>> calls_;
  BootTime handshakes_at_{};
  std::int64_t handshakes_left_ = 0; // grows with time, see may_handshake()
  std::vector<wire::CircuitId> finished_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0); // audit answers that come after our end find it expired
};

} // namespace rs::session
