#!/bin/sh
# A maintenance report of one machine: updates pending, full disks, failed services. Run it on an agent with
#   rsctl exec AGENT --script examples/maintenance.sh
# Exit code: 0 nothing to do, 3 something needs a look.
set -u
attention=0
threshold=${1:-90} # percent of a disk that counts as full

echo "host     $(uname -n), $(uname -sr)"
echo "agent    ${RS_AGENT_NAME:-none} ${RS_AGENT_ID:-}"

if command -v apt-get >/dev/null 2>&1; then
  pending=$(apt-get -s -o Debug::NoLocking=true upgrade 2>/dev/null | grep -c '^Inst ' || true)
  echo "updates  $pending pending"
  [ "$pending" -gt 0 ] && attention=3
else
  echo "updates  unknown: no apt-get here"
fi

df -P -x tmpfs -x devtmpfs 2>/dev/null | awk 'NR > 1 { print $5, $6 }' | sort -u >"${TMPDIR:-/tmp}/maintenance.$$"
while read -r used mount; do
  echo "disk     $mount $used"
  [ "${used%\%}" -ge "$threshold" ] 2>/dev/null && attention=3
done <"${TMPDIR:-/tmp}/maintenance.$$"
rm -f "${TMPDIR:-/tmp}/maintenance.$$"

if [ -d /run/systemd/system ]; then
  failed=$(systemctl list-units --state=failed --plain --no-legend | awk '{ print $1 }')
  echo "services ${failed:-none failed}"
  [ -n "$failed" ] && attention=3
else
  echo "services unknown: systemd does not run here"
fi
exit "$attention"
