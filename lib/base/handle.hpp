#pragma once

#include <memory>

namespace rs {

template <auto free_fn>
struct HandleDeleter {
  template <class T>
  void operator()(T* pointer) const noexcept {
    free_fn(pointer);
  }
};

// Owns one object of a C library: Handle<EVP_PKEY, EVP_PKEY_free>.
template <class T, auto free_fn>
using Handle = std::unique_ptr<T, HandleDeleter<free_fn>>;

} // namespace rs
