#pragma once

#include "cli/profile_documents.hpp"
#include "crypto/random.hpp"
#include "net/client.hpp"
#include "session/peer_link.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace rs::cli {

// config.yaml, which people edit. A missing file is an empty one; `invalid` names file and field.
Result<Config> load_config(const std::string& path);

// The private directory of one profile (files 0600):
//   device.json  the two seeds      state.json  pins, certificate, statement      lock
//   agents/NAME  an agent's certificate, a cache      tickets/  TLS sessions, a cache
// Whatever is read, changed and written happens under the lock, so that any number of rsctl share a profile; a cache is
// only ever replaced whole. An unreadable cache is a miss.
class Profile {
 public:
  Profile(std::string directory, std::string name) : directory_(std::move(directory)), name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  const std::string& directory() const { return directory_; }

  // Empty where there is no file yet.
  Result<State> load_state() const;
  // Locks, reads again, changes, writes where something did change. The new state.
  Result<State> update(const std::function<Result<void>(State&)>& change) const;

  // The keys of this profile, with `certificate` in place. `sign-in` where there are none.
  Result<session::Identity> load_identity(const std::string& certificate) const;
  // The same, made first where there are none.
  Result<session::Identity> ensure_identity(crypto::Random& random) const;

  std::optional<std::string> cached_agent(std::string_view as) const;
  void cache_agent(std::string_view as, const std::string& certificate) const;
  void forget_agent(std::string_view as) const;

  std::unique_ptr<net::TicketStore> tickets() const;

 private:
  std::string path(std::string_view file) const { return directory_ + "/" + std::string(file); }

  std::string directory_;
  std::string name_;
};

} // namespace rs::cli
