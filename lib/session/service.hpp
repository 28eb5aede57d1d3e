#pragma once

#include "base/buffer.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "describe/node.hpp"
#include "wire/vocabulary.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace rs::session {

// Who called, as its verified certificate says, and under which session.
struct Caller {
  SessionId session;
  std::string user; // certificate's sub
  std::string name;
  std::string email;
  Role role;
};

// A stream frame that is being filled: room for `capacity` bytes of data inside a buffer that already has the
// room for headers and tag, so that data is read from a descriptor straight into what will be sealed and sent.
class OutFrame {
 public:
  static constexpr std::size_t kFront = 9; // L1 header and kind byte
  static constexpr std::size_t kBack = 16; // tag

  explicit OutFrame(std::size_t capacity) : buffer_(kFront + capacity + kBack), capacity_(capacity) {}
  MutableBytes room() { return {buffer_.data() + kFront, capacity_}; }
  std::size_t capacity() const { return capacity_; }
  Buffer take() { return std::move(buffer_); }

 private:
  Buffer buffer_;
  std::size_t capacity_;
};

// Data of one received stream frame, moved to the handler without a copy.
class InData {
 public:
  InData(Buffer buffer, std::size_t offset, std::size_t size) : buffer_(std::move(buffer)), offset_(offset), size_(size) {}
  ByteView view() const { return {buffer_.data() + offset_, size_}; }
  std::size_t size() const { return size_; }

 private:
  Buffer buffer_;
  std::size_t offset_;
  std::size_t size_;
};

// One end's view of one call: how a handler (agent) or a verb (client) sends. One thread. After result(), error(),
// or the handler's on_lost nothing may be called.
class CallPort {
 public:
  // Bytes of data that one frame may carry now: 0 where the peer's credit or the link's queue is used up; on_writable
  // tells when it is no longer 0.
  virtual std::size_t sendable() const = 0;
  // May a frame with so many bytes of data leave now, however many frames that is more than sendable() would have in one?
  // False: on_writable tells when there is more credit.
  virtual bool may_send(std::size_t bytes) const = 0;
  // The first `size` bytes of the frame's room go out as stream `kind` (1…255). may_send(size) is true.
  virtual void send(std::uint8_t kind, OutFrame frame, std::size_t size) = 0;
  // The end of stream `kind`: an empty frame. Nothing of that kind may follow. Needs no sendable().
  virtual void end(std::uint8_t kind) = 0;
  // `bytes` of received data have been used up: they become credit for the peer again.
  virtual void consumed(std::size_t bytes) = 0;
  // Agent's side only.
  virtual void progress(describe::Node document) = 0;
  virtual void result(describe::Node document) = 0;
  virtual void error(const Error& error, describe::Node data = {}) = 0;

 protected:
  ~CallPort() = default;
};

// One running call of a service on the agent. Destroyed by the machine after result(), error() or on_lost().
class CallHandler {
 public:
  virtual ~CallHandler() = default;
  // In order. The peer was given credit for it; consumed() gives it back.
  virtual void on_data(std::uint8_t kind, InData data) = 0;
  virtual void on_end(std::uint8_t kind) = 0; // that stream's sealed end
  virtual void on_writable() = 0;
  // The call is over without a result: connection lost, session ended, integrity. Stop all work now; what was cut
  // must not take effect (no end of stdin is delivered, no file gets its final name).
  virtual void on_lost(const Error& why) = 0;
};

// A row of the one table of services. A handler cannot be reached around the permission check.
struct Service {
  std::string_view call; // "exec.run"
  Permission permission;
  // `params` as the caller sent them. An error is sent as the call's; a handler may already use the port.
  std::function<Result<std::unique_ptr<CallHandler>>(const Caller&, const describe::Node& params, CallPort&)> start;
  // What of the params goes on record with the call: what it is about, never a secret. Cut at kMaxSubject bytes.
  std::function<std::string(const describe::Node& params)> subject = {};
};

inline constexpr std::size_t kMaxSubject = 1024;

} // namespace rs::session
