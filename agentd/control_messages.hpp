#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "describe/codec.hpp"
#include "describe/describe.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What agentd's verbs ask the running daemon over its control socket, and what it answers. Both are the same program.
namespace rs::agent {

enum class ControlVerb { status, end, block, unblock, revoke };
RS_DESCRIBE_ENUM(ControlVerb, status, end, block, unblock, revoke)

struct ControlRequest {
  ControlVerb verb = ControlVerb::status;
  std::optional<SessionId> session;      // end; without it: all
  std::optional<std::string> technician; // revoke: an e-mail; without it: everybody
  std::optional<WallTime> until;         // block; without it: until unblock
};
RS_DESCRIBE(ControlRequest, verb, session, technician, until)

struct SessionStatus {
  SessionId session;
  std::string technician; // name
  std::string email;
  WallTime since;
  std::vector<std::string> calls; // running now
};
RS_DESCRIBE(SessionStatus, session, technician, email, since, calls)

// agentd.status.v1
struct StatusReply {
  AgentId agent;
  std::string name;
  std::string server; // URL
  std::string tenant;
  bool connected = false;
  std::optional<WallTime> since; // connected
  bool blocked = false;
  std::optional<WallTime> blocked_until;
  std::vector<std::string> revoked; // e-mails; "*" is everybody
  std::vector<SessionStatus> sessions;
};
RS_DESCRIBE(StatusReply, agent, name, server, tenant, connected, since, blocked, blocked_until, revoked, sessions)

// agentd.end.v1
struct EndReply {
  std::uint64_t ended = 0; // sessions
};
RS_DESCRIBE(EndReply, ended)

// agentd.block.v1, agentd.unblock.v1, agentd.revoke.v1: how it stands now.
struct TakenBackReply {
  bool blocked = false;
  std::optional<WallTime> blocked_until;
  std::vector<std::string> revoked;
  std::uint64_t ended = 0; // sessions
};
RS_DESCRIBE(TakenBackReply, blocked, blocked_until, revoked, ended)

// An answer has one of the two.
struct ControlError {
  std::string code; // an Errc's name
  std::string message;
};
RS_DESCRIBE(ControlError, code, message)
struct ControlAnswer {
  std::optional<describe::Node> result;
  std::optional<ControlError> error;
};
RS_DESCRIBE(ControlAnswer, result, error)

describe::Node answer_of(const Result<describe::Node>& result);
Result<describe::Node> result_of(const describe::Node& answer);

} // namespace rs::agent
