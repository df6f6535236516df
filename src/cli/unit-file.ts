export interface UnitFacts {
  /** Command that starts the program, without arguments; every part is an absolute path. */
  program: readonly string[];
  configFolder: string;
  /** `NAME=value` lines for `${NAME}` in the config. */
  secretsFile: string;
  user: string;
  /** Needed where the kernel does not let the user's group open ICMP sockets. */
  capabilities: readonly ('CAP_NET_RAW' | 'CAP_NET_BIND_SERVICE')[];
}

/**
 * systemd splits at whitespace; `%` and `$` are special:
 * https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html#Command%20lines
 */
function quoted(word: string): string {
  const plain = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@%+=:,./$-]+$/.test(plain) ? plain : `"${plain.replace(/["\\]/g, '\\$&')}"`;
}

/** A path in a setting that is not a command line: only `%` is special there. */
const path = (text: string): string => text.replaceAll('%', '%%');

/** The systemd unit of the monitor: it notifies systemd of readiness and liveness, with minimal privileges. */
export function unitFile({ program, configFolder, secretsFile, user, capabilities }: UnitFacts): string {
  const command = [...program, 'run', '--config', configFolder].map(quoted).join(' ');
  const granted = capabilities.join(' ');
  return `# Written by watchdesk service install. To change something: systemctl edit watchdesk
[Unit]
Description=Watchdesk: notices outages, opens tickets, pages whoever is on call
After=network-online.target
Wants=network-online.target

[Service]
Type=notify
NotifyAccess=main
ExecStart=${command}
ExecReload=/bin/kill -HUP $MAINPID
# A store of many years may take minutes to bring to a newer format.
TimeoutStartSec=15min
TimeoutStopSec=30
# Without a sign of life for so long the process stands still, and is started anew.
WatchdogSec=60
Restart=always
RestartSec=2

User=${user}
Group=${user}
UMask=0077
StateDirectory=watchdesk
StateDirectoryMode=0700
CacheDirectory=watchdesk
CacheDirectoryMode=0700
WorkingDirectory=/var/lib/watchdesk
Environment=NODE_ENV=production NODE_COMPILE_CACHE=/var/cache/watchdesk
EnvironmentFile=-${path(secretsFile)}
LimitNOFILE=65536

CapabilityBoundingSet=${granted}
AmbientCapabilities=${granted}
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RemoveIPC=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`;
}

/** For systemd-sysusers(8): a system user that nobody logs in as. */
export const sysusersFile = (user: string): string =>
  `# Written by watchdesk service install.\nu ${user} - "Watchdesk" /var/lib/watchdesk\n`;
