#pragma once

#include "agentd/enroll.hpp"
#include "agentd/state_dir.hpp"
#include "support/tenant.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace rs::test {

struct FixedClock final : Clock {
  WallTime wall() const override { return wall_now; }
  BootTime boot() const override { return boot_now; }
  WallTime wall_now = kNow;
  BootTime boot_now{Millis(1'000'000)};
};

// A directory of its own that goes with it.
struct TempDir {
  TempDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rs-agentd-XXXXXX").string();
    path = mkdtemp(pattern.data());
  }
  ~TempDir() { std::filesystem::remove_all(path); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  std::string operator/(const std::string& name) const { return path + "/" + name; }
  std::string path;
};

inline std::string read_all(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The state of an agent that has enrolled in `tenant`.
inline agent::AgentState enrolled_state(Tenant& tenant, const std::string& url = "https://relay.example") {
  agent::AgentState state;
  state.url = url;
  state.org = tenant.org_id;
  state.org_fingerprint = crypto::fingerprint(tenant.root.public_key());
  state.relay_fingerprint = crypto::fingerprint(tenant.relay.public_key());
  state.sign_seed = tenant.random.array<32>();
  state.noise_seed = tenant.random.array<32>();
  agent::take_org_statement(state, tenant.org, tenant.org_statement);
  const auto keys = agent::identity_of(state);
  const auto certificate = sealed::sign_document(tenant.agent_claims(keys, tenant.new_agent_id(), "box"), tenant.issuer);
  agent::take_certificate(state, certificate, tenant.org, kNow).value();
  return state;
}

} // namespace rs::test
