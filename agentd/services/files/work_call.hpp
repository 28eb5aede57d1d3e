#pragma once

#include "agentd/services/files/reach.hpp"
#include "describe/node.hpp"
#include "session/service.hpp"

#include <atomic>
#include <memory>

namespace rs::agent {

// A call whose whole work is one function on a worker: it blocks, and looks at `stop` now and then, which is set once nobody
// waits for the answer any more.
class WorkCall final : public session::CallHandler {
 public:
  using Work = std::function<Result<describe::Node>(const std::atomic<bool>& stop)>;
  WorkCall(const FilesSettings& settings, session::CallPort& port, Work work);
  ~WorkCall() override { on_lost({}); }

  void on_data(std::uint8_t, session::InData data) override { shared_->port->consumed(data.size()); }
  void on_end(std::uint8_t) override {}
  void on_writable() override {}
  void on_lost(const Error&) override {
    shared_->stop = true;
    shared_->port = nullptr;
  }

 private:
  struct Shared {
    std::atomic<bool> stop = false;
    session::CallPort* port = nullptr; // on the reactor's thread
  };
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

} // namespace rs::agent
