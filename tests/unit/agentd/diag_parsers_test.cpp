#include "agentd/services/diag/cpu.hpp"
#include "agentd/services/diag/disks.hpp"
#include "agentd/services/diag/logs.hpp"
#include "agentd/services/diag/memory.hpp"
#include "agentd/services/diag/network.hpp"
#include "agentd/services/diag/processes.hpp"
#include "agentd/services/diag/scan.hpp"
#include "agentd/services/diag/sockets.hpp"
#include "agentd/services/diag/system.hpp"
#include "agentd/services/diag/units.hpp"
#include "agentd/services/diag/updates.hpp"
#include "agentd/services/diag/users.hpp"

#include <gtest/gtest.h>

#include <utmp.h>
#include <cstring>

// Texts as real machines have them.
namespace {

using namespace rs;
using namespace rs::agent;
using namespace rs::agent::diag;

TEST(DiagParsers, MemoryIsCountedInBytesAndUsedIsWhatIsNotAvailable) {
  const auto memory = parse_meminfo(
      "MemTotal:       16318440 kB\nMemFree:         1059044 kB\nMemAvailable:   10059044 kB\n"
      "SwapTotal:       2097148 kB\nSwapFree:        2000000 kB\nHugePages_Total:       0\n");
  EXPECT_EQ(memory.total_bytes, 16'318'440ull * 1024);
  EXPECT_EQ(memory.available_bytes, 10'059'044ull * 1024);
  EXPECT_EQ(memory.used_bytes, (16'318'440ull - 10'059'044) * 1024);
  EXPECT_EQ(memory.swap_used_bytes, 97'148ull * 1024);
  EXPECT_EQ(parse_meminfo("MemTotal: 100 kB\nMemFree: 40 kB\n").available_bytes, 40u * 1024) << "kernels before 3.14";
}

TEST(DiagParsers, PressureIsThereOnlyWhereTheKernelHasIt) {
  const auto pressure =
      parse_pressure("some avg10=1.50 avg60=0.25 avg300=0.00 total=12345\nfull avg10=0.75 avg60=0.10 avg300=0.00 total=99\n");
  ASSERT_TRUE(pressure);
  EXPECT_EQ(pressure->some_10s, 1.5);
  EXPECT_EQ(pressure->some_60s, 0.25);
  EXPECT_EQ(pressure->full_10s, 0.75);
  EXPECT_FALSE(parse_pressure(""));
}

TEST(DiagParsers, CoresAreCountedOverAllPackages) {
  session::DiagCpu cpu;
  std::string text;
  for (const auto* ids : {"0\ncore id\t: 0", "0\ncore id\t: 1", "1\ncore id\t: 0", "1\ncore id\t: 0"})
    text += "processor\t: 0\nmodel name\t: AMD EPYC 7763: x\nphysical id\t: " + std::string(ids) + "\n\n";
  parse_cpuinfo(text, cpu);
  EXPECT_EQ(cpu.logical, 4u);
  EXPECT_EQ(cpu.physical, 3u);
  EXPECT_EQ(cpu.model, "AMD EPYC 7763: x");
  parse_loadavg("0.52 0.58 1.25 1/389 12345\n", cpu);
  EXPECT_EQ(cpu.load_1, 0.52);
  EXPECT_EQ(cpu.load_15, 1.25);
}

TEST(DiagParsers, UsageIsTheShareThatWasNotIdleAndGuestsAreNotCountedTwice) {
  const auto before = parse_cpu_times("cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 1 1 1\nbtime 1700000000\n");
  const auto after = parse_cpu_times("cpu  130 0 120 740 110 0 0 0 80 0\n");
  ASSERT_TRUE(before && after);
  EXPECT_EQ(before->total, 1000u);
  EXPECT_EQ(usage_percent(*before, *after), 50.0);
  EXPECT_EQ(usage_percent(*after, *before), 0.0) << "counters that ran backwards";
  EXPECT_EQ(parse_boot_time("cpu  1 2 3 4\nbtime 1700000000\n"), from_unix_seconds(1'700'000'000));
}

TEST(DiagParsers, OsReleaseMayQuoteAndMayLackAVersion) {
  session::DiagSystem system;
  parse_os_release("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\n", system);
  EXPECT_EQ(system.os, "Debian GNU/Linux 12 (bookworm)");
  EXPECT_EQ(system.os_version, "12");
  EXPECT_EQ(system.os_id, "debian");
  session::DiagSystem rolling;
  parse_os_release("NAME='Arch Linux'\n# ID=no\nID=arch\n", rolling);
  EXPECT_EQ(rolling.os, "Arch Linux");
  EXPECT_EQ(rolling.os_id, "arch");
  EXPECT_FALSE(rolling.os_version);
}

TEST(DiagParsers, AContainerIsNamedBeforeTheMachineBelowIt) {
  struct Case {
    VirtualTraces traces;
    std::optional<std::string> name;
  };
  const Case cases[] = {{{.docker = true, .product = "KVM", .hypervisor = true}, "docker"},
                        {{.container = "lxc", .docker = true}, "lxc"},
                        {{.podman = true}, "podman"},
                        {{.vendor = "QEMU", .product = "Standard PC"}, "qemu"},
                        {{.vendor = "Microsoft Corporation", .product = "Virtual Machine"}, "microsoft"},
                        {{.vendor = "Microsoft Corporation", .product = "Surface"}, {}},
                        {{.hypervisor = true}, "virtual machine"},
                        {{.vendor = "LENOVO", .product = "20XW"}, {}}};
  for (const auto& test : cases) EXPECT_EQ(virtualization_of(test.traces), test.name) << test.traces.product;
}

TEST(DiagParsers, ZoneAndUptimeAreReadOrLeftOut) {
  EXPECT_EQ(zone_of_link("/usr/share/zoneinfo/Europe/Berlin"), "Europe/Berlin");
  EXPECT_FALSE(zone_of_link("/usr/share/zoneinfo/"));
  EXPECT_FALSE(zone_of_link("/etc/other"));
  EXPECT_EQ(parse_uptime("12345.67 54321.00\n"), 12'345u);
  EXPECT_FALSE(parse_uptime("soon"));
}

TEST(DiagParsers, OnlyMountsThatHoldDataAreListedAndEachDeviceOnce) {
  const auto mounts = parse_mounts(
      "proc /proc proc rw 0 0\n/dev/sda1 / ext4 rw,relatime 0 0\n/dev/sda1 /var/lib/bind ext4 rw 0 0\n"
      "tmpfs /sys/fs/cgroup tmpfs rw 0 0\ntmpfs /tmp tmpfs rw 0 0\nnas:/export/my\\040films /mnt/my\\040films nfs4 ro,noatime 0 "
      "0\n"
      "overlay /var/lib/docker/x/merged overlay rw 0 0\n/dev/loop3 /snap/core/1 squashfs ro 0 0\nshort line\n");
  ASSERT_EQ(mounts.size(), 3u);
  EXPECT_EQ(mounts[0].target, OsString("/"));
  EXPECT_FALSE(mounts[0].read_only);
  EXPECT_EQ(mounts[2].target, OsString("/mnt/my films"));
  EXPECT_EQ(mounts[2].source, OsString("nas:/export/my films"));
  EXPECT_TRUE(mounts[2].read_only);
}

TEST(DiagParsers, TheLastMountOverAPointIsTheOneThatIsSeen) {
  const auto mounts = parse_mounts("/dev/sda1 / ext4 rw 0 0\noverlay / overlay ro 0 0\n");
  ASSERT_EQ(mounts.size(), 1u);
  EXPECT_EQ(mounts[0].type, "overlay");
}

TEST(DiagParsers, AProcessNameMayHoldAnything) {
  const auto stat = parse_process_stat(
      "4242 (a) R (b) S 1 4242 4242 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 1 0 98765 10000000 321 18446744073709551615 1\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->name, "a) R (b");
  EXPECT_EQ(state_name(stat->state), "sleeping");
  EXPECT_EQ(stat->ticks, 200u);
  EXPECT_EQ(stat->start_ticks, 98'765u);
  EXPECT_EQ(stat->rss_pages, 321u);
  EXPECT_FALSE(parse_process_stat("4242 (half"));
  EXPECT_FALSE(parse_process_stat(") 1 ("));
}

TEST(DiagParsers, CountersOfInterfacesAreReadAlsoWithoutABlank) {
  const auto counters = parse_net_dev(
      "Inter-|   Receive                                                |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets\n"
      "    lo:  1000      10    0    0    0     0          0         0     2000      10    0    0\n"
      "eth0:5555 1 0 0 0 0 0 0 6666 1 0 0\n");
  EXPECT_EQ(counters.size(), 2u);
  EXPECT_EQ(counters.at("lo").rx_bytes, 1000u);
  EXPECT_EQ(counters.at("eth0").tx_bytes, 6666u);
}

TEST(DiagParsers, DefaultRoutesOfBothFamiliesAreFoundAndRejectingOnesAreNot) {
  const auto v4 = parse_routes_v4(
      "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
      "eth0\t00000000\t0100A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
      "eth0\t0000A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n"
      "lo\t00000000\t00000000\t0200\t0\t0\t1\t00000000\t0\t0\t0\n");
  ASSERT_EQ(v4.size(), 1u);
  EXPECT_EQ(v4[0].gateway, "192.168.0.1");
  EXPECT_EQ(v4[0].metric, 100u);
  const std::string zero(32, '0');
  const auto v6 = parse_routes_v6(zero + " 00 " + zero + " 00 fe800000000000000000000000000001 00000400 1 0 00000003 eth0\n" +
                                  zero + " 00 " + zero + " 00 " + zero + " ffffffff 1 0 00200200 lo\n");
  ASSERT_EQ(v6.size(), 1u);
  EXPECT_EQ(v6[0].gateway, "fe80::1");
  EXPECT_EQ(v6[0].metric, 1024u);
}

TEST(DiagParsers, NameServersAreTheLinesThatAreNoComments) {
  const auto servers = parse_resolv_conf("# nameserver 1.1.1.1\nsearch x\nnameserver 127.0.0.53\nnameserver\t::1\noptions a\n");
  EXPECT_EQ(servers, (std::vector<std::string>{"127.0.0.53", "::1"}));
}

TEST(DiagParsers, OnlySocketsThatWaitForStrangersAreListening) {
  const std::string tail = " 00000000:00000000 00:00000000 00000000     0        0 ";
  const auto tcp = parse_sockets("  sl  local_address rem_address   st tx_queue rx_queue\n   0: 0100007F:1F90 00000000:0000 0A" +
                                     tail + "777 1\n   1: 0100007F:1F90 0100007F:C001 01" + tail + "778 1\n",
                                 true);
  ASSERT_EQ(tcp.size(), 1u);
  EXPECT_EQ(tcp[0].address, "127.0.0.1");
  EXPECT_EQ(tcp[0].port, 8080);
  EXPECT_EQ(tcp[0].inode, 777u);
  const auto udp = parse_sockets("   0: 00000000000000000000000001000000:0035 00000000000000000000000000000000:0000 07" + tail +
                                     "5 2\n   1: 0100007F:0044 0100007F:0035 01" + tail + "6 2\n",
                                 false);
  ASSERT_EQ(udp.size(), 1u);
  EXPECT_EQ(udp[0].address, "::1");
  EXPECT_EQ(udp[0].port, 53);
  EXPECT_EQ(address_text("0100007"), "");
}

TEST(DiagParsers, FailedServicesComeFirstAndUnknownOnesNotAtAll) {
  const auto services = parse_units(
      "  cron.service loaded active running Regular background program\nssh.service loaded inactive dead OpenBSD\n"
      "● backup.service loaded failed failed Nightly\nplymouth.service not-found inactive dead plymouth.service\n"
      "getty.service loaded active exited x\n");
  EXPECT_EQ(services.total, 4u);
  EXPECT_EQ(services.failed, 1u);
  EXPECT_EQ(services.running, 1u);
  ASSERT_EQ(services.units.size(), 4u);
  EXPECT_EQ(services.units[0].name, "backup.service");
  EXPECT_EQ(services.units[1].name, "cron.service");
  EXPECT_EQ(services.units[3].name, "ssh.service");
}

TEST(DiagParsers, AccountsNeverCarryTheirHash) {
  const auto accounts =
      parse_passwd("root:$6$secret:0:0:root:/root:/bin/bash\nada:x:1000:1000::/home/ada:/bin/zsh\nbroken\n:x:5::::\n");
  ASSERT_EQ(accounts.size(), 2u);
  EXPECT_EQ(accounts[0].name, "root");
  EXPECT_EQ(accounts[0].shell, "/bin/bash");
  EXPECT_EQ(accounts[1].uid, 1000u);
  EXPECT_TRUE(is_human(accounts[0]) && is_human(accounts[1]));
  EXPECT_FALSE(is_human({"www-data", 33, "", {}}) || is_human({"nobody", 65'534, "", {}}));
}

TEST(DiagParsers, LoginsAreTheRecordsOfUserProcesses) {
  utmp records[2]{};
  records[0].ut_type = BOOT_TIME;
  records[1].ut_type = USER_PROCESS;
  std::memcpy(records[1].ut_user, "ada", 3);
  std::memcpy(records[1].ut_line, "pts/0", 5);
  std::memcpy(records[1].ut_host, "192.0.2.7", 9);
  records[1].ut_tv.tv_sec = 1'700'000'000;
  Bytes bytes(sizeof records + 5); // and half a record
  std::memcpy(bytes.data(), records, sizeof records);
  const auto logins = parse_utmp(bytes);
  ASSERT_EQ(logins.size(), 1u);
  EXPECT_EQ(logins[0].user, "ada");
  EXPECT_EQ(logins[0].terminal, "pts/0");
  EXPECT_EQ(logins[0].from, "192.0.2.7");
  EXPECT_EQ(logins[0].since, from_unix_seconds(1'700'000'000));
  EXPECT_EQ(parse_sessions("     2 1000 ada seat0 tty2\n").at(0).terminal, "tty2");
}

TEST(DiagParsers, SecurityUpdatesAreCountedAndComeFirst) {
  const auto updates = parse_upgradable(
      "Listing...\nbase-files/stable 12.4+deb12u15 amd64 [upgradable from: 12.4+deb12u11]\n"
      "openssl/jammy-updates,jammy-security 3.0.2-1 amd64 [upgradable from: 3.0.2-0]\nzsh/now 5.9 amd64 [installed,local]\n");
  EXPECT_EQ(updates.pending, 2u);
  EXPECT_EQ(updates.security, 1u);
  EXPECT_EQ(updates.packages[0].name, "openssl");
  EXPECT_EQ(updates.packages[0].installed, "3.0.2-0");
  EXPECT_EQ(updates.packages[0].candidate, "3.0.2-1");
  EXPECT_FALSE(updates.packages[1].security);
}

TEST(DiagParsers, KernelRecordsCountFromPriorityErrorOn) {
  EXPECT_EQ(parse_kernel_record("3,339,5140900,-;disk: I/O error\n SUBSYSTEM=x\n"), "[5.140900] disk: I/O error");
  EXPECT_EQ(parse_kernel_record("27,1,1000042,-;daemon's"), "[1.000042] daemon's") << "facility 3, priority error";
  EXPECT_FALSE(parse_kernel_record("6,340,5140901,-;all is well\n"));
  EXPECT_FALSE(parse_kernel_record("nonsense"));
}

TEST(DiagParsers, OfALogTheNewestLinesStay) {
  std::vector<std::string> text;
  for (int i = 0; i < 150; ++i) text.push_back("line " + std::to_string(i));
  const auto logs = newest_lines("syslog", {text.begin(), text.end()});
  EXPECT_EQ(logs.lines.size(), kMaxLogLines);
  EXPECT_EQ(logs.lines.back(), "line 149");
  EXPECT_EQ(logs.left_out, 50u);
  const std::string longest(10'000, 'x');
  EXPECT_EQ(newest_lines("syslog", std::vector<std::string_view>(200, longest)).lines.size(), kMaxLogBytes / kMaxLogLine);
  EXPECT_EQ(lines_about_errors("all fine\nsda: Failed command\nERROR x\n").size(), 2u);
}

TEST(DiagParsers, AnyOneTextIsCutBetweenCharacters) {
  EXPECT_EQ(short_text(std::string(kMaxText - 1, 'a') + "é").size(), kMaxText - 1);
  EXPECT_EQ(short_text(std::string(300, 'a')).size(), kMaxText);
}

} // namespace
