-- What Redis gives its scripts. Run with "npm test", over each script as Redis gets it.
std = "lua51"
globals = {}
read_globals = { "redis", "KEYS", "ARGV", "cjson", "unpack" }
max_line_length = 130
