#pragma once

#include "base/assert.hpp"
#include "base/bytes.hpp"

#include <cstring>
#include <memory>

namespace rs {

// Owned bytes that are moved, never copied by accident, and never zeroed: what a frame travels in.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t capacity) : data_(std::make_unique_for_overwrite<std::uint8_t[]>(capacity)), capacity_(capacity) {}
  static Buffer copy_of(ByteView bytes) {
    Buffer out(bytes.size());
    if (!bytes.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
    out.resize(bytes.size());
    return out;
  }
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    Buffer taken(std::move(other));
    swap(taken);
    return *this;
  }

  std::uint8_t* data() { return data_.get(); }
  const std::uint8_t* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  // Within the capacity; bytes above the old size are indeterminate.
  void resize(std::size_t size) {
    RS_ASSERT(size <= capacity_);
    size_ = size;
  }
  // A larger capacity; the first size() bytes are kept.
  void grow(std::size_t capacity) {
    if (capacity <= capacity_) return;
    Buffer larger(capacity);
    if (size_ != 0) std::memcpy(larger.data(), data(), size_);
    larger.size_ = size_;
    swap(larger);
  }
  ByteView view() const { return {data(), size_}; }
  MutableBytes mutable_view() { return {data(), size_}; }

 private:
  void swap(Buffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }
  std::unique_ptr<std::uint8_t[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

} // namespace rs
