#pragma once

#include "crypto/random.hpp"
#include "daemon/reactor.hpp"
#include "daemon/transfer_journals.hpp"
#include "files/executor.hpp"
#include "files/jail.hpp"
#include "session/policy.hpp"

#include <functional>
#include <string>

namespace rs::agent {

// What the files services work with. All of it outlives them.
struct FilesSettings {
  daemon::Reactor& reactor;
  const Clock& clock;
  crypto::Random& random;
  files::WorkerPool& workers;
  std::string home;
  std::vector<std::string> forbidden;                  // absolute: agentd's own state, config and socket
  std::function<const session::FilesPolicy&()> policy; // as it is now
  daemon::TransferJournals journals;
};

// What a call's work on a worker needs, copied at its start: settings may change meanwhile.
struct Reach {
  std::string home;
  std::vector<std::string> forbidden;
  std::vector<std::string> roots;

  static Reach of(const FilesSettings& settings) { return {settings.home, settings.forbidden, *settings.policy().roots}; }
  // The file system as this call may see it. Blocks: on a worker only.
  Result<files::Jail> jail() const;
};

} // namespace rs::agent
