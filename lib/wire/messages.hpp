#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/errc.hpp"
#include "base/ids.hpp"
#include "describe/codec.hpp"
#include "describe/describe.hpp"
#include "wire/vocabulary.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

// The JSON of frames that the relay reads. Fields that it does not know are ignored by a receiver.
namespace rs::wire {

// The relay's own words. Never what the agent decided: that travels inside the seal only.
enum class RelayCode {
  done, // the opener or the agent closed the circuit in order
  agent_offline,
  not_found,
  forbidden,
  sign_in, // hello was refused
  clone,   // an older instance of an agent: a copy
  audit_unavailable,
  limit,     // the message names it
  protocol,  // a frame that must not be
  credit,    // more DATA than was granted, or more CREDIT than may be
  peer_gone, // the other end's link is lost
  shutting_down,
};
RS_DESCRIBE_ENUM(RelayCode, done, agent_offline, not_found, forbidden, sign_in, clone, audit_unavailable, limit, protocol, credit,
                 peer_gone, shutting_down)

// What rsctl makes of it. Everything that is no clear refusal is `connection-lost`.
Errc to_errc(RelayCode code);

// Relay → peer, first.
struct Challenge {
  Bytes nonce;           // 32 bytes
  std::string statement; // rs-relay
};
RS_DESCRIBE(Challenge, nonce, statement)

// Peer → relay.
struct Hello {
  std::string hello;       // rs-hello
  std::string certificate; // rs-technician, rs-bot or rs-agent
};
RS_DESCRIBE(Hello, hello, certificate)

// Relay → peer: hello is accepted; an agent's `next` instance is committed.
struct Welcome {
  std::string org_statement;              // the newest rs-org
  std::optional<std::string> certificate; // an agent's own, where it was renewed
  std::vector<std::string> features;
};
RS_DESCRIBE(Welcome, org_statement, certificate, features)

// rsctl → relay: whom does `target` (id, id prefix or name) mean? The answer carries the same n.
struct Resolve {
  std::uint64_t n = 0;
  std::string target;
};
RS_DESCRIBE(Resolve, n, target)

struct Resolved {
  std::uint64_t n = 0;
  std::string certificate; // rs-agent; the asker checks that it is what was asked for
  bool online = false;
};
RS_DESCRIBE(Resolved, n, certificate, online)

// Relay → peer: the link will close; come back after this time.
struct Goaway {
  RelayCode code = RelayCode::shutting_down;
  Millis retry_after{0};
};
RS_DESCRIBE(Goaway, code, retry_after)

// Relay → peer: what was asked under n failed; without n, the link closes.
struct ControlError {
  RelayCode code = RelayCode::protocol;
  std::string message;
  std::optional<std::uint64_t> n;
};
RS_DESCRIBE(ControlError, code, message, n)

// A CONTROL frame has exactly one of these.
struct Control {
  std::optional<Challenge> challenge;
  std::optional<Hello> hello;
  std::optional<Welcome> welcome;
  std::optional<Resolve> resolve;
  std::optional<Resolved> resolved;
  std::optional<Goaway> goaway;
  std::optional<ControlError> error;
};
RS_DESCRIBE(Control, challenge, hello, welcome, resolve, resolved, goaway, error)

enum class HandshakeMode { ik, xx };
RS_DESCRIBE_ENUM(HandshakeMode, ik, xx)

// OPEN. Its bytes are the prologue of the session's handshake (call_no 0) or part of the call's keys.
struct OpenBody {
  std::uint32_t version = kCurrent;
  std::string org;
  std::string target; // the agent's id, or the attended session's
  SessionId session;
  std::uint64_t call_no = 0;
  TrafficClass class_ = TrafficClass::interactive;
  HandshakeMode mode = HandshakeMode::ik;

  static constexpr std::uint32_t kCurrent = 1;
};
RS_DESCRIBE(OpenBody, version, org, target, session, call_no, class_, mode)

// REFUSE and CLOSE.
struct CloseBody {
  RelayCode code = RelayCode::done;
  std::string message;
};
RS_DESCRIBE(CloseBody, code, message)

Result<Control> parse_control(std::string_view json); // `invalid` also where not exactly one member is there

} // namespace rs::wire
