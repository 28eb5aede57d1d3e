#pragma once

#include "relayd/store/store.hpp"

namespace rs::relay {

inline constexpr std::string_view kAuditWriter = "relayd"; // names the relay's own chain in each tenant

inline store::AuditRecord audit_record(const std::string& org, WallTime now, std::string actor, std::string action,
                                       std::string target, std::optional<SessionId> session = {}, describe::Node detail = {}) {
  store::AuditRecord record;
  record.time = now;
  record.writer = kAuditWriter;
  record.tenant = org;
  record.actor = std::move(actor);
  record.action = std::move(action);
  record.target = std::move(target);
  record.session = std::move(session);
  record.detail = std::move(detail);
  return record;
}

} // namespace rs::relay
