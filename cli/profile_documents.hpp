#pragma once

#include "describe/codec.hpp"
#include "describe/describe.hpp"
#include "session/audit_chain.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

// What a profile keeps on disk.
namespace rs::cli {

// ~/.config/rsctl/config.yaml
struct ProfileConfig {
  std::optional<std::string> server;
  std::optional<std::string> output;
};
RS_DESCRIBE(ProfileConfig, server, output)

struct Config {
  std::optional<std::string> profile; // the one that is meant where none is named
  describe::Defaulted<std::map<std::string, ProfileConfig>> profiles;
};
RS_DESCRIBE(Config, profile, profiles)

// device.json
struct Device {
  Bytes sign;  // Ed25519 seed
  Bytes noise; // X25519 seed
};
RS_DESCRIBE(Device, sign, noise)

enum class PinnedBy { first_use, verified };
RS_DESCRIBE_ENUM(PinnedBy, first_use, verified)

// The relay as it was pinned, and what its newest verified statement says.
struct RelayState {
  std::string fingerprint;
  PinnedBy pinned = PinnedBy::first_use;
  std::optional<std::string> successor; // fingerprint
  std::uint64_t number = 0;
  std::int64_t expires = 0; // Unix seconds; later the statement is asked for again
  std::vector<Bytes> tls;   // SPKI hashes of its TLS fronts
  friend bool operator==(const RelayState&, const RelayState&) = default;
};
RS_DESCRIBE(RelayState, fingerprint, pinned, successor, number, expires, tls)

struct OrgState {
  std::string org;    // id
  std::string tenant; // name
  std::string fingerprint;
  PinnedBy pinned = PinnedBy::first_use;
  std::uint64_t number = 0;
  std::string statement; // rs-org
  friend bool operator==(const OrgState&, const OrgState&) = default;
};
RS_DESCRIBE(OrgState, org, tenant, fingerprint, pinned, number, statement)

// state.json
struct State {
  std::optional<std::string> server;
  std::optional<RelayState> relay;
  std::optional<OrgState> org;
  std::optional<std::string> certificate;                                     // rs-technician; absent: signed out
  describe::Defaulted<std::map<std::string, session::AuditHead>> audit_heads; // by writer, the last ones verified
  friend bool operator==(const State&, const State&) = default;
};
RS_DESCRIBE(State, server, relay, org, certificate, audit_heads)

} // namespace rs::cli
