#pragma once

#include "agentd/app.hpp"
#include "daemon/control_socket.hpp"

#include <memory>
#include <string>

namespace rs::agent {

// The control socket, open to every local user; App says what each may. It ends before `app`.
Result<std::unique_ptr<daemon::ControlServer>> serve_control(daemon::Reactor& reactor, const std::string& path, App& app);

} // namespace rs::agent
