#pragma once

#include "agentd/services/process.hpp"
#include "agentd/services/script_file.hpp"
#include "session/exec_messages.hpp"
#include "session/service.hpp"

#include <memory>
#include <string>
#include <vector>

namespace rs::agent {

struct ExecSettings {
  std::string agent_id;
  std::string agent_name;
  // What changes user, before USER -- ARGV…: this program's own hidden mode (run_as.hpp).
  std::vector<std::string> run_as = {"/proc/self/exe", "--run-as"};
  std::string temp_dir = "/tmp"; // for scripts
  Warden* warden = nullptr;      // of every command; outlives the reactor
};

struct ExecPlan {
  SpawnOptions options;
  std::unique_ptr<ScriptFile> script; // lives as long as the process
};

// What exactly will be started. `invalid` names a field; `limit` a size; `not-found` a user, cwd or program;
// `permission`: another user asked of an agent that is not root.
Result<ExecPlan> plan_exec(const session::ExecParams& params, const session::Caller& caller, const ExecSettings& settings);

} // namespace rs::agent
