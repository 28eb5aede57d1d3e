#pragma once

#include "base/buffer.hpp"
#include "base/result.hpp"

#include <optional>
#include <string>

namespace rs::net {

// One link's two-way pipe of whole messages. It belongs to one thread: every call and every callback is there.
// The transport pulls what it writes: it asks for the next message only when the socket can take one, so the
// order is decided as late as possible.
class Transport {
 public:
  class Owner {
   public:
    // One whole message, at most the limit that the transport was opened with (longer: closed with `limit`).
    virtual void on_message(Buffer message) = 0;
    // The next message to write, or nothing: then the transport rests until wake().
    virtual std::optional<Buffer> next_message() = 0;
    // The last call: the peer closed, the network failed, keep-alive ran out, or close() was called.
    // The owner may destroy the transport inside it.
    virtual void on_closed(const Error& why) = 0;

   protected:
    ~Owner() = default;
  };

  virtual ~Transport() = default; // closes at once, without a call to the owner
  virtual void start(Owner& owner) = 0;
  virtual void wake() = 0; // there may be something to write
  // Writes what next_message() still gives (2 s at most), then closes with `reason` (a short text for the peer).
  virtual void close(std::string reason) = 0;
  virtual std::string peer_address() const = 0; // without port
};

} // namespace rs::net
