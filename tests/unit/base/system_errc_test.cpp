#include "base/system_errc.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace {

using namespace rs;

TEST(SystemErrc, SaysWhatANumberMeansToACaller) {
  const std::pair<int, Errc> cases[] = {
      {ENOENT, Errc::not_found},  {ENOTDIR, Errc::not_found}, // of /etc/passwd/x too there is none
      {EACCES, Errc::permission}, {EPERM, Errc::permission},  {EROFS, Errc::permission},  {ENOSPC, Errc::no_space},
      {EDQUOT, Errc::no_space},   {EEXIST, Errc::conflict},   {EISDIR, Errc::conflict},   {ENOTEMPTY, Errc::conflict},
      {ELOOP, Errc::conflict},    {EMFILE, Errc::limit},      {EXDEV, Errc::unsupported},
  };
  for (const auto& [number, code] : cases) EXPECT_EQ(system_errc(number), code) << number;
}

// `io` ends a whole transfer.
TEST(SystemErrc, OnlyABrokenDeviceIsIo) {
  for (const int number : {EBUSY, ETXTBSY, EMLINK}) EXPECT_EQ(system_errc(number), Errc::conflict) << number;
  for (const int number : {EINVAL, EILSEQ, ENAMETOOLONG}) EXPECT_EQ(system_errc(number), Errc::invalid) << number;
  for (const int number : {EIO, ESTALE, ENODEV, ENXIO}) EXPECT_EQ(system_errc(number), Errc::io) << number;
}

} // namespace
