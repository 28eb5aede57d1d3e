#include "agentd/audit_log.hpp"

#include "agent_fixture.hpp"

namespace {

using namespace rs;
using agent::AuditLog;

session::AuditRecord record() {
  session::AuditRecord out;
  out.time = test::kNow;
  out.writer = "a-1";
  out.tenant = "t-1";
  out.actor = "local";
  out.action = "block";
  return out;
}

TEST(AgentAuditLog, LocalUsersCannotFillTheQueueOfCalls) {
  daemon::Reactor reactor;
  test::TempDir temp;
  AuditLog log(reactor, temp / "audit.jsonl");
  bool full = false; // refusals come at once, and every other answer waits for the reactor
  while (!full) log.append(record(), [&](const Result<void>& written) { full = !written; }, AuditLog::Asker::local_user);
  bool refused = false;
  log.append(record(), [&](const Result<void>& written) { refused = !written; });
  EXPECT_FALSE(refused);
}

} // namespace
