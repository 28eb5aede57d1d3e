#include "agentd/control_service.hpp"

namespace rs::agent {

Result<std::unique_ptr<daemon::ControlServer>> serve_control(daemon::Reactor& reactor, const std::string& path, App& app) {
  return daemon::ControlServer::listen(
      reactor, path, 0666,
      [&app](const describe::Node& node, daemon::PeerCredentials peer, const daemon::ControlServer::Reply& reply) {
    const auto request = describe::from_node<ControlRequest>(node, describe::Unknown::refuse);
    reply(answer_of(request ? app.serve(*request, peer.uid) : Result<describe::Node>(request.error())));
  });
}

} // namespace rs::agent
