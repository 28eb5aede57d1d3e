#pragma once

#include "session/call_channel.hpp"
#include "session/messages.hpp"
#include "session/peer_link.hpp"

#include <map>
#include <memory>

namespace rs::session {

// Who gets what happens on one call, on the technician's side. After on_result or on_error nothing follows.
class CallObserver {
 public:
  virtual void on_progress(describe::Node document) = 0;
  virtual void on_data(std::uint8_t kind, InData data) = 0; // give consumed() back when it has been used up
  virtual void on_end(std::uint8_t kind) = 0;
  virtual void on_writable() = 0;
  virtual void on_result(describe::Node document) = 0;
  // From inside the seal, or `connection-lost`, `integrity` and the relay's own codes where it never got there.
  virtual void on_error(const Error& error, const describe::Node& data) = 0;

 protected:
  ~CallObserver() = default;
};

struct CallSpec {
  std::string call;
  std::string as; // the agent as the user named it
  describe::Node params;
  TrafficClass traffic = TrafficClass::interactive;
};

// The technician's machine: one link, its sessions and calls. Sans-IO: bytes and the time in, bytes out; callbacks come
// from inside on_message(), lost() and open_session()'s relatives, never from a destructor.
class Client {
 public:
  class Events {
   public:
    // The relay is who it should be and hello is on its way: sessions and resolves may start now, in the same flight.
    virtual void on_challenged(const sealed::RelayStatement& statement) = 0;
    virtual void on_welcomed(const sealed::OrgStatement& org) = 0;
    // The certificate has been verified against the tenant's statement.
    virtual void on_resolved(std::uint64_t n, Result<sealed::AgentClaims> agent, std::string certificate, bool online) = 0;
    // The handshake has been answered by the agent itself, or why it was not.
    virtual void on_session_answered(const SessionId&, const Result<void>&) {}

   protected:
    ~Events() = default;
  };

  // `org`: the newest statement that the profile has verified; resolves and calls are checked against it until welcome
  // brings a newer one.
  Client(PeerLink::Config config, sealed::OrgStatement org, crypto::Random& random, Events& events);
  ~Client();

  // An error ends the link; the caller closes the transport and then calls lost() with it.
  Result<void> on_message(Buffer message, BootTime now, WallTime wall);
  std::optional<Buffer> next_message(BootTime now);
  // The link is gone: every live call ends with `why`.
  void lost(const Error& why);

  // After on_challenged.
  std::uint64_t resolve(const std::string& target);
  // The control call of a session with an enrolled agent (Noise IK); calls may follow at once.
  void open_session(const SessionId& session, const sealed::AgentClaims& agent);
  // The port lives until the observer has had its result or error; sendable() is 0 until the agent has answered.
  CallPort& call(const SessionId& session, CallSpec spec, CallObserver& observer, BootTime now);
  // Closes the call's circuit: the agent stops the work. The observer hears nothing more.
  void cancel(CallPort& port);
  // Ends the session and its calls (their observers hear `interrupted`).
  void end_session(const SessionId& session);

 private:
  struct Session;
  struct Call;

  Result<void> handle(link::Endpoint::Event event, BootTime now, WallTime wall);
  Result<void> on_peer_event(PeerLink::Event event, WallTime wall);
  void on_resolved(const wire::Resolved& resolved, WallTime wall);
  void on_accepted(const link::Endpoint::Accepted& accepted, BootTime now);
  void on_received(link::Endpoint::Received received);
  void on_closed(const link::Endpoint::Closed& closed);
  void start_calls(const Session& session, BootTime now);
  void start_request(Call& call, BootTime now);
  void on_reply(Call& call, const describe::Node& node);
  void on_control_document(Session& session, const describe::Node& node);
  void fail_call(wire::CircuitId circuit, const Error& error, const describe::Node& data = {});
  void fail_session(const SessionId& session, const Error& error);
  std::string org_id() const { return org_.org; }

  PeerLink link_;
  const Identity& identity_;
  sealed::OrgStatement org_;
  crypto::Random& random_;
  Events& events_;
  std::map<SessionId, std::unique_ptr<Session>> sessions_;
  std::map<wire::CircuitId, std::unique_ptr<Call>> calls_;
  std::uint64_t next_resolve_ = 1;
};

} // namespace rs::session
