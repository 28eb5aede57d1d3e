#include "files/zstd.hpp"

#include "base/assert.hpp"
#include "base/handle.hpp"

#include <zstd.h>
#include <algorithm>

namespace rs::files {
namespace {

constexpr int kLevel = 1;
constexpr int kMaxWindowLog = 23; // 8 MiB of memory, whatever the stream asks for
constexpr std::size_t kUnpacked = 128 << 10;

} // namespace

struct Compressor::Impl {
  Handle<ZSTD_CCtx, ZSTD_freeCCtx> stream{ZSTD_createCCtx()};
};

Compressor::Compressor() : impl_(std::make_unique<Impl>()) {
  ZSTD_CCtx_setParameter(impl_->stream.get(), ZSTD_c_compressionLevel, kLevel);
}
Compressor::~Compressor() = default;

// compressBound is size + size / 256 and a little; headers of blocks and of the frame come on top.
std::size_t Compressor::fitting(std::size_t room) { return room - std::min(room, room / 128 + 256); }

std::size_t Compressor::compress(ByteView in, MutableBytes out) {
  ZSTD_inBuffer input{in.data(), in.size(), 0};
  ZSTD_outBuffer output{out.data(), out.size(), 0};
  const auto left = ZSTD_compressStream2(impl_->stream.get(), &output, &input, ZSTD_e_flush);
  RS_ASSERT(left == 0 && input.pos == in.size());
  return output.pos;
}

struct Decompressor::Impl {
  Handle<ZSTD_DCtx, ZSTD_freeDCtx> stream{ZSTD_createDCtx()};
  Bytes unpacked = Bytes(kUnpacked);
};

Decompressor::Decompressor() : impl_(std::make_unique<Impl>()) {
  ZSTD_DCtx_setParameter(impl_->stream.get(), ZSTD_d_windowLogMax, kMaxWindowLog);
}
Decompressor::~Decompressor() = default;

Result<void> Decompressor::decompress(ByteView in, const std::function<Result<void>(ByteView)>& out) {
  ZSTD_inBuffer input{in.data(), in.size(), 0};
  for (;;) {
    ZSTD_outBuffer output{impl_->unpacked.data(), impl_->unpacked.size(), 0};
    const auto left = ZSTD_decompressStream(impl_->stream.get(), &output, &input);
    if (ZSTD_isError(left)) return fail(Errc::invalid, std::string("compressed stream: ") + ZSTD_getErrorName(left));
    if (output.pos > 0) RS_CHECK(out({impl_->unpacked.data(), output.pos}));
    if (output.pos < output.size && input.pos == input.size) return {};
  }
}

} // namespace rs::files
