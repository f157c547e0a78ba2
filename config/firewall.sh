#!/bin/sh
# Keeps the runs of docker-uws from the machine that they run on: from its own addresses, and from link-local ones, where
# clouds have their metadata service. Rules of their own chains, for bridges whose names begin with duwsi- (runs with
# ports and no other network) and duwso- (runs with NETWORK outbound). Answers to who came in always pass, and questions
# to a name server on this machine do on the latter.
#
# To be run as root whenever the machine, or its firewall, has started. A service with the right to do so (CAP_NET_ADMIN,
# on the engine's own machine) runs it by itself. Run again it changes nothing.
set -eu

apply() { # apply iptables|ip6tables WHERE-METADATA-IS
  "$1-restore" -w 10 --noflush <<END
*filter
:DOCKER-UWS-INPUT - [0:0]
:DOCKER-UWS-FORWARD - [0:0]
-A DOCKER-UWS-INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN
-A DOCKER-UWS-INPUT -i duwso-+ -p udp --dport 53 -j RETURN
-A DOCKER-UWS-INPUT -i duwso-+ -p tcp --dport 53 -j RETURN
-A DOCKER-UWS-INPUT -j REJECT
-A DOCKER-UWS-FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN
-A DOCKER-UWS-FORWARD -i duwsi-+ -j REJECT
-A DOCKER-UWS-FORWARD -d $2 -j REJECT
COMMIT
END
  # Docker puts rules of its own before those of FORWARD when it starts, but never before this chain.
  forward=FORWARD
  if "$1" -w 10 -n -L DOCKER-USER >/dev/null 2>&1; then forward=DOCKER-USER; fi
  for bridges in duwsi-+ duwso-+; do
    jump "$1" INPUT "$bridges" DOCKER-UWS-INPUT
    jump "$1" "$forward" "$bridges" DOCKER-UWS-FORWARD
  done
}

jump() { # jump iptables|ip6tables FROM BRIDGES TO
  "$1" -w 10 -C "$2" -i "$3" -j "$4" 2>/dev/null || "$1" -w 10 -I "$2" -i "$3" -j "$4"
}

apply iptables 169.254.0.0/16
if [ -e /proc/net/if_inet6 ]; then apply ip6tables fe80::/10; fi
