import { ATTACK_BITS } from '../../../schemas/event-row.ts';

/** A pattern and the bit that it sets. Quantifiers are bounded and neighbours disjoint, so matching stays linear. */
export interface Payload {
  bit: number;
  pattern: RegExp;
}

const any = (...patterns: RegExp[]) => new RegExp(patterns.map(({ source }) => `(?:${source})`).join('|'));

const SQL = any(
  /\bunion[\s(]{1,20}(?:all\s{1,10}|distinct\s{1,10})?[\s(]{0,20}select\b/,
  /\bselect\b[^&]{1,160}\bfrom\b[^&]{0,80}(?:information_schema|sysobjects|syscolumns|pg_catalog|mysql\.user|dual\b)/,
  /\(\s{0,5}select\s[^&]{1,160}\bfrom\b/,
  /['")]\s{0,10}(?:or|and|\|\||&&|xor)\s{0,10}\(?\s{0,5}['"(]?[\w@]{1,30}['")]?\s{0,10}(?:[=<>]|like\s{0,10}['"%(]|between\s{1,10}\d|is\s{1,10}(?:not\s{1,10})?null\b)/,
  /\b(?:or|and)\s{1,10}\(?\d[\d()+*\s-]{0,40}[=<>]\s{0,5}\(?\d{1,9}\b/,
  /=[^&]{0,20}'"\(\)|=\d{0,9}(?:'"|"')(?:&|$)/,
  /\b(?:or|and)\s{1,10}(?:'[^'&]{0,20}'\s{0,5}=\s{0,5}'|"[^"&]{0,20}"\s{0,5}=\s{0,5}")/,
  /\b(?:pg_)?sleep\(\s{0,5}\d|\bbenchmark\(\s{0,5}\d|\bwaitfor\s{1,10}delay\b|\bdbms_(?:pipe|lock|xslprocessor)\b/,
  /\b(?:extractvalue|updatexml|load_file|xp_cmdshell|xp_dirtree|utl_http|utl_inaddr|make_set|elt)\(/,
  /\bxp_cmdshell\b|\bsp_executesql\b|\bexec\s{1,10}(?:master|xp_|sp_)|\binto\s{1,10}(?:out|dump)file\b/,
  /@@(?:version|datadir|hostname|servername)|\binformation_schema\b|\bconcat\(\s{0,5}(?:0x|char\(|')/,
  /\b(?:cast|convert)\(\s{0,5}[^&]{1,60}\b(?:as\s{1,5}(?:varchar|int|numeric|char)|int\s{0,5},)|\bconvert\(\s{0,5}int\b/,
  /\b(?:char|chr)\(\d{1,3}\)\s{0,5}(?:\|\||\s|,\s{0,5}(?:char|chr)\()/,
  /;\s{0,10}(?:drop|insert|update|delete|truncate|alter|shutdown|declare|exec|select|waitfor)\s{1,10}\S/,
  /['"]\s{0,5}(?:\)\s{0,5}){0,4}(?:;\s{0,5})?--(?:\s|-|$)|'\s{0,5}#\s{0,5}$|\b(?:order|group)\s{1,10}by\s{1,10}\d{1,4}\s{0,5}(?:--|#)/,
  /\b(?:and|or)\s{1,10}(?:ascii|substring|substr|length|exists|mid|ord)\s{0,5}\(/,
  /'\s{0,3}\|\|\s{0,3}'|'\s{0,5}and\s{1,5}'|'\s{0,3}\+\s{0,3}'/,
);

const XSS = any(
  /<\s{0,5}\/?\s{0,5}script\b/,
  /<\s{0,5}(?:img|svg|iframe|body|object|embed|video|audio|input|math|details|marquee|isindex|style|form|a|div|select|button)\b[^>]{0,200}?[\s/"']on[a-z]{3,20}\s{0,5}=/,
  /<\s{0,5}(?:iframe|object|embed|applet|frameset|svg\s{0,5}\/?\s{0,5}on)\b/,
  /['"]\s{0,5}(?:\/\s{0,5})?>\s{0,5}<[a-z/!]/,
  /["'\s/]on(?:mouse(?:over|move|enter)|error|load|focus|click|toggle|begin|pointer[a-z]{2,10})\s{0,5}=\s{0,5}["']?[\w.(]{1,60}\(/,
  /\b(?:java|vb)script\s{0,5}:[^&]{0,60}(?:\(|document|window|location)/,
  /\bdocument\s{0,3}\.\s{0,3}(?:cookie|domain|location|write)|\bstring\.fromcharcode\(|\bstyle\s{0,3}=[^&]{0,60}expression\(/,
  /(?:^|[\s=;"'/>(])(?:alert|prompt|confirm)\(\s{0,5}(?:["'`\d)]|document|window|string|netsparker|xss)/,
);

const TRAVERSAL = any(
  /(?:\.\.[/\\]{1,4}(?:\.[/\\]{1,4}){0,3}){2}/,
  /\.\.[/\\][^&]{0,60}(?:etc[/\\]|passwd|win\.ini|boot\.ini|winnt|windows[/\\]|web-inf|\.htaccess|proc[/\\]self)/,
  /\/etc\/(?:\.\/)?(?:passwd|shadow|group|issue|hosts|httpd|apache2?|nginx|mysql|php)(?:[/.\s?&\0]|$)/,
  /\b(?:boot|win|system)\.ini(?:[\s?&\0.]|$)|\b[a-z]:[/\\]{1,4}(?:windows|winnt|boot\.ini|inetpub|xampp)/,
  /\/proc\/self\/|(?:^|[/\\])(?:web|meta)-inf[/\\]|(?:=|\/)(?:php|expect|phar|zip|compress\.[a-z0-9]{2,6}|glob):\/\/|=data:[a-z/]{0,30};base64,/,
  /\.{3,10}[/\\]{2,}|\.\.\\|\xc0[\xae\xaf]|\xc1\x9c|\uff0e\uff0e/,
);

const COMMAND_WORD =
  '(?:cat|ls|id|whoami|uname|wget|curl|nc|netcat|ping|sleep|bash|sh|cmd|powershell|nslookup|dir|type|ifconfig|ipconfig|net\\s{1,5}user|rm|chmod|echo|perl|python\\d?|php|touch|expr|set|netstat|ps|uptime)';
const COMMAND = any(
  new RegExp(
    `(?:[;|\`\\n]|&&)\\s{0,10}(?:/(?:usr/)?s?bin/)?${COMMAND_WORD}(?:\\s{1,5}[-/\\w."'$\\\\]|\\s{0,5}[;|\`&]|\\$ifs|\\s{0,5}$)`,
  ),
  /[&=|"']\s{0,3}(?:nslookup|ping|expr|wget|curl|sleep|whoami|cat|type|dir)\s{1,3}(?:-[a-z]\s|\/[a-z]{2,}|\d{1,9}\s|https?:|[\w.-]{1,60}\s{0,3}[&|])/,
  new RegExp(`(?:\\$\\(|<\\()\\s{0,5}${COMMAND_WORD}\\b`),
  /\/bin\/(?:ba|da|z|k|c)?sh\b|\bcmd(?:\.exe)?\s{0,5}\/c\b|\$\{?ifs\b|\bpowershell(?:\.exe)?\s{1,5}-/,
  /\b(?:system|passthru|shell_exec|proc_open|popen|phpinfo|call_user_func(?:_array)?|create_function|assert)\(\s{0,5}(?:["'$]|[a-z_]{2,20}\()/,
  /\beval\(\s{0,5}(?:["'$]|[a-z_]{2,20}\(|compile)|\bbase64_decode\(|\b(?:print|echo|die|exit|var_dump)\s{0,3}\(?\s{0,3}(?:md5|sha1|chr)\s{0,3}\(|\binvokefunction\b/,
  /<\?(?:php|=)|<!--\s{0,5}#\s{0,5}(?:exec|include|echo|printenv)|\(\)\s{0,5}\{\s{0,5}:?;|\bauto_prepend_file\b|\ballow_url_include\b/,
  /\bruntime\b[^&]{0,40}\.exec\(|\bprocessbuilder\b|\bresponse\.write\(|\bimport\s{0,3}\(?["']?os["']?\)?\s{0,3}[.;]/,
);

const TEMPLATE = any(
  /\$\{\s{0,5}(?:jndi|env|sys|java|lower|upper|ctx|main|date)\s{0,5}:|\$\{[^}]{0,40}:-[^}]{0,10}\}/,
  /\$\{\s{0,5}(?:\(?\d{1,9}\s{0,3}[-+*]\s{0,3}\d|t\(|@[a-z]|#[a-z_]|class\b|print\()/,
  /\{\{\s{0,5}(?:\(?['"\d]{1,12}\s{0,3}[-+*]|config\b|self\b|request\.|''|""|\[\]|constructor\b|lipsum|cycler|_self)/,
  /#\{\s{0,5}\d{1,9}\s{0,3}[-+*]|<%=?\s{0,5}(?:\d|system|response\.write|out\.print)|%\{\s{0,3}\(?#|#_memberaccess|\bognl\b/,
  /\bclass\.module\.classloader|__proto__\s{0,3}[[.=]|constructor\[prototype\]|\bfreemarker\.template\b|\bt\(java\.lang/,
);

/** Parameters that rightly name a place to come back to: native apps sign in by way of a port on localhost. */
const SSRF = any(
  /[?&](?!redirect|return|callback|next|continue|goto|origin|ref)[\w.[\]-]{1,40}=(?:https?:)?\/\/(?:127\.\d|localhost|0\.0\.0\.0|\[::|0x7f|2130706433)/,
  /=(?:https?:)?\/\/(?:169\.254\.169\.254|metadata\.google\.internal|100\.100\.100\.200|\[fd00:ec2)|\/latest\/meta-data|\/computemetadata\/v1/,
  /=(?:file|gopher|dict|ldaps?|tftp|jar|netdoc|sftp):\/\//,
  // A file of another site that a program is to include: the bare question mark swallows what it would append.
  /=(?:https?|ftp):\/\/[^&?]{3,200}\?(?:&|\0|$)/,
);

/** Matched against the decoded text. */
export const PAYLOADS: readonly Payload[] = [
  { bit: ATTACK_BITS.sql, pattern: SQL },
  { bit: ATTACK_BITS.xss, pattern: XSS },
  { bit: ATTACK_BITS.traversal, pattern: TRAVERSAL },
  { bit: ATTACK_BITS.command, pattern: COMMAND },
  { bit: ATTACK_BITS.template, pattern: TEMPLATE },
  { bit: ATTACK_BITS.ssrf, pattern: SSRF },
];

/** What agents are searched for: lists of words between semicolons are how agents look, so no shell words. */
export const AGENT_PAYLOADS: readonly Payload[] = [
  { bit: ATTACK_BITS.sql, pattern: SQL },
  { bit: ATTACK_BITS.xss, pattern: XSS },
  { bit: ATTACK_BITS.traversal, pattern: TRAVERSAL },
  { bit: ATTACK_BITS.command, pattern: /\(\)\s{0,5}\{\s{0,5}:?;|\$\(\s{0,5}(?:curl|wget|nslookup|id|cat)\b|<\?php/ },
  { bit: ATTACK_BITS.template, pattern: TEMPLATE },
];

/** Matched against the text as it came: nobody has a reason to encode a dot, or to encode an encoding of one. */
export const RAW_PAYLOADS: readonly Payload[] = [
  {
    bit: ATTACK_BITS.traversal,
    pattern: /%2e(?:%2e|\.)(?:[/\\]|%2f|%5c)|\.%2e(?:[/\\]|%2f|%5c)|%25(?:25)?2e%25(?:25)?2e|%c0%a[ef]|%c1%9c|%u002e/i,
  },
];
