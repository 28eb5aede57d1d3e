#pragma once

#include "agentd/state_dir.hpp"
#include "base/version.hpp"
#include "daemon/reactor.hpp"
#include "net/proxy.hpp"
#include "sealed/documents.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rs::agent {

struct EnrolOptions {
  sealed::EnrolToken token;
  std::string name;                                    // a valid one
  net::Environment environment;                        // for the proxy
  WallTime build_time = from_unix_seconds(kBuildTime); // this machine's clock never counts below it
};

// Enrols at the token's relay: its identity is proved against the token's pin before anything of ours leaves, and what
// it answers is verified before it is believed. Runs the reactor until it is done. Errors of net::Client; `server-identity`,
// `integrity`; what the relay says (`sign-in`, `conflict`, …).
// The agent gets the keys of `pending`; the name may be its name, if an earlier request got through.
Result<AgentState> enroll_at_relay(daemon::Reactor& reactor, const Clock& clock, const PendingEnrolment& pending,
                                   const EnrolOptions& options);

// agentd.enroll.v1
struct EnrolReport {
  AgentId agent;
  std::string name;
  std::string tenant;
  std::string server;
  std::vector<Permission> allow; // of the token
  bool config_written = false;   // false: agentd.yaml was there, and counts
};
RS_DESCRIBE(EnrolReport, agent, name, tenant, server, allow, config_written)

// The same, and puts the result on the disk: agentd.yaml (where there is none) and then the state. The keys are there
// before the relay is asked: when its answer is lost, another call with the same token gets the same agent. `conflict`:
// enrolled already. The caller holds the state directory's lock.
Result<EnrolReport> enroll(daemon::Reactor& reactor, const Clock& clock, crypto::Random& random, const StateDir& state_dir,
                           const std::string& config_file, const EnrolOptions& options);

} // namespace rs::agent
