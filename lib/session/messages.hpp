#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "describe/codec.hpp"
#include "describe/describe.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// The JSON inside the seal. Unknown fields are ignored, missing and mistyped ones named.
namespace rs::session {

inline constexpr std::uint8_t kDocumentKind = 0; // a frame's first byte: JSON; others are the service's own streams

// Why the agent refuses, in its own words.
struct Refusal {
  std::string code; // an Errc's name
  std::string message;
};
RS_DESCRIBE(Refusal, code, message)

// The payload of the handshake's message 2.
struct SessionReply {
  std::optional<Refusal> refused;
  std::string version;            // the agent's
  std::vector<std::string> calls; // that it serves
};
RS_DESCRIBE(SessionReply, refused, version, calls)

// The first document of a call, by its opener.
struct CallRequest {
  std::string call;        // "exec.run"
  std::string as;          // the agent as the user named it
  std::uint64_t within_ms; // it may start until so long after the handshake
  describe::Node params;
};
RS_DESCRIBE(CallRequest, call, as, within_ms, params)

struct CallError {
  std::string code; // an Errc's name
  std::string message;
  std::optional<describe::Node> data;
};
RS_DESCRIBE(CallError, code, message, data)

// What the agent answers: exactly one of these a document; result and error end the call.
struct CallReply {
  std::optional<describe::Node> progress;
  std::optional<describe::Node> result;
  std::optional<CallError> error;
};
RS_DESCRIBE(CallReply, progress, result, error)

// On the control call (call_no 0), agent to technician.
struct SessionEvent {
  std::optional<Refusal> ended; // the session is over, and why
};
RS_DESCRIBE(SessionEvent, ended)

// A code that is not in the list (a newer peer's) becomes `internal`, and stays in the message.
Error to_error(const std::string& code, const std::string& message);

} // namespace rs::session
