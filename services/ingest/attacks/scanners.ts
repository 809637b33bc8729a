const join = (flags: string, ...parts: string[]) => new RegExp(parts.join('|'), flags);

/** Files and consoles that scanners ask every host for, and that no page links to. */
export const SCANNER_PATH = join(
  'i',
  '/\\.(?:env|git|svn|hg|bzr|aws|ssh|docker|kube|vscode|idea|npmrc|netrc|history|bash_history|mysql_history|htaccess|htpasswd|ds_store|passwd|config/gcloud|production\\.env)(?:[./~_-]|$)',
  '/(?:php-?my-?admin|phpmyadmin\\d?|pma|myadmin|mysqladmin|phppgadmin|phpliteadmin|sqlitemanager|adminer)[\\w.-]{0,20}(?:/|\\.php|$)',
  '/php_?-?info\\d?\\.php\\d?$',
  '/actuator/(?:env|heapdump|threaddump|mappings|gateway|jolokia|configprops|logfile)',
  '/(?:server-status|server-info|jolokia|jmx-console|web-console|invoker|hudson|manager/html|host-manager|console/login|wls-wsat|_ignition|telescope/requests|debug/default/view|elmah\\.axd|trace\\.axd|druid/index|nacos/v1|solr/admin)(?:[/.?]|$)',
  '/cgi-bin/(?:[\\w.%-]{0,40}\\.(?:cgi|pl|sh|exe|bat)|\\.|luci|test|php|bin/|$)',
  '/wp-config(?:-sample)?\\.(?:php|txt|inc|old|bak)|/wp-content/debug\\.log|/wp-json/wp/v2/users(?:/|$)',
  '\\.(?:php\\d?|aspx?|jsp|config|conf|env|ini|html?|xml|ya?ml|js|json|inc|cgi|pl)(?:\\.(?:bak|old|orig|save|sav|swp|swo|tmp|temp|copy|dist|backup|inc)\\d?|~|_bak|_old|_backup|\\$)$',
  '/(?:backup|dump|db|database|mysql|site|www|wwwroot|htdocs|public_html)[\\w-]{0,20}\\.(?:sql|zip|tar|tgz|tar\\.gz|gz|rar|bak|7z|mdb)$',
  '/(?:c99|r57|c100|b374k|wso\\d?|alfa|webshell|web-shell|cmd|shell|mini-?shell|indoxploit|filesman|r57shell|c99shell|phpshell)\\.(?:php\\d?|aspx?|jspx?|cfm|cgi|pl)$',
  '/(?:vendor/)?phpunit/(?:src/)?|/eval-stdin\\.php|/boaform/|/hnap1|/gponform|/setup\\.cgi|/tmunblock\\.cgi|/evox/about|/nmaplowercheck',
  '/(?:web|app|machine)\\.config$|/(?:id_rsa|id_dsa|authorized_keys|\\.?credentials|secrets?\\.(?:ya?ml|json)|docker-compose\\.ya?ml|composer\\.(?:json|lock)|package-lock\\.json|\\.travis\\.yml|sftp-config\\.json|database\\.yml|parameters\\.yml|local\\.xml|smarty\\.conf|httpd\\.conf|application\\.conf|global\\.asa|global\\.asax)$',
  '/(?:remote/fgt_lang|dana-na/|\\+cscoe\\+|owa/auth/x\\.js|ecp/current|autodiscover/autodiscover\\.json\\?@|vpn/\\.\\./|tmui/login\\.jsp/\\.\\.;|solarwinds|geoserver/wfs|securityrealm/user|struts2?-showcase|fckeditor/editor/filemanager|w00tw00t|muieblackcat)',
  '/(?:etc/(?:passwd|shadow)|proc/self/environ|windows/win\\.ini|boot\\.ini)',
  '/(?:cvs/(?:entries|root|repository)|isqlplus|dbninja|fpadmin|iisadmin|portaladmin|(?:moadmin|nstview|nst|daws)\\.php|cmdasp(?:\\.aspx?)?|(?:[\\w-]{0,20}config|database|session|db|settings|connect(?:ion)?)\\.inc)(?:/|$)|\\.mdb$|\\.php\\.nsx$',
  '/(?:httpd|httpd-vhosts|apache2?|nginx|proftpd|vsftpd|lighttpd|smb|my|php|urls)\\.(?:conf|cnf|ini)$',
  '/acunetix|/netsparker|/w3af|/nessus|/nikto-test|/openvas|/vega-|/appscan|/arachni|/skipfish|/dirbuster|/zaproxy(?=[-_./0-9]|$)',
);

/** Words that scanners leave in what they send, wherever it stands. */
export const SCANNER_MARK =
  /acunetix[_-]?(?:wvs|test|sec|inv)|[[$]acunetix|injected_by_wvs|\bac[ux]xscript|acxscript|\bacu\d{3,5}\W|acu:expre|netsparker[\d(|]|\|netsparker|n3tsp4rk3r|[?&]nsextt=|\bns3775\d{6,}|\bw3af(?:\.org|rm)?\b|wvs_test|vulnweb\.com|\br87\.(?:com|me)\b|bxss\.me|\.acu(?:netix)?\b\/|some-inexistent-website|burpcollaborator|oastify\.com|\boast\.(?:fun|live|me|pro|site|online)\b|interact\.sh|\bsqlmap\b|wapiti[_-]|arachni[_-]|nikto-test|skipfish|openvas[_-]|nessus[_-]|zaproxy|appscan_fingerprint|dirbuster|\bhackertarget\b/i;

/** Agents that name themselves a scanner; libraries and honest crawlers are none. */
export const SCANNER_AGENT =
  /sqlmap|nikto|w3af|nuclei|acunetix|netsparker|invicti|zgrab|masscan|dirbuster|gobuster|feroxbuster|\bffuf\b|fuzz faster|wfuzz|nmap|nessus|openvas|arachni|wapiti|skipfish|whatweb|wpscan|joomscan|jaeles|\bhydra\b|burp ?suite|burpcollaborator|zaproxy|owasp[ _]zap|appscan|webinspect|qualys|detectify|havij|paros\/|webshag|morfeus|zmeu|muieblackcat|jorgee|dirsearch|commix|httpx - open|xray\b|vega\/\d|brutus\/|hello, ?world|l9explore|l9tcpid|leakix|censysinspect|internetmeasurement|expanse, a palo alto|netsystemsresearch|project ?discovery|\bsf\/\d|metasploit|core-project\/1\.0|dotdotpwn|grendel-scan|n-stealth|pangolin|sqlninja|absinthe|bsqlbf|cgichk|grabber\/|prog\.customcrawler|uil2pn|fimap|blackwidow/i;
