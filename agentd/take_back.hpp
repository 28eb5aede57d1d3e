#pragma once

#include "agentd/control_messages.hpp"
#include "agentd/state.hpp"
#include "session/audit_chain.hpp"
#include "session/policy.hpp"

#include <string>

// How a user of this machine takes consent back; the same with and without a running daemon.
namespace rs::agent {

std::string lower_case(std::string text); // ASCII

// Applies block, unblock or revoke. A block never shortens one that stands: only `unblock` lifts, and it is for root.
// `invalid`: a time that has passed, or no e-mail; `limit`: too many technicians.
Result<void> apply(session::TakenBack& taken_back, const ControlRequest& request, WallTime now);
TakenBackReply describe_taken_back(const session::TakenBack& taken_back, WallTime now);

// The record of what a local user did.
session::AuditRecord local_record(const AgentState& state, const ControlRequest& request, std::uint32_t uid, WallTime now);

} // namespace rs::agent
