#pragma once

#include "daemon/reactor.hpp"
#include "session/service.hpp"

#include <functional>
#include <memory>

namespace rs::cli {

// Standard streams on a reactor, whatever they are: terminal, pipe, socket, file, /dev/null. The open file descriptions,
// which other processes share, are never switched to non-blocking.

class InputStream {
 public:
  virtual ~InputStream() = default;
  // Calls `ready` once, later, when read() will not block. One at a time.
  virtual void wait(std::function<void()> ready) = 0;
  virtual Result<std::size_t> read(MutableBytes room) = 0; // 0: the end
};
std::unique_ptr<InputStream> open_input(daemon::Reactor& reactor, int descriptor);

class OutputStream {
 public:
  struct Events {
    std::function<void(std::size_t bytes)> written; // also from inside write()
    std::function<void(const Error&)> failed;       // once; what is queued and follows is dropped
  };
  virtual ~OutputStream() = default;
  virtual void write(session::InData data) = 0; // queued where the other end does not take it yet
  virtual bool idle() const = 0;                // nothing is queued
};
std::unique_ptr<OutputStream> open_output(daemon::Reactor& reactor, int descriptor, OutputStream::Events events);

} // namespace rs::cli
