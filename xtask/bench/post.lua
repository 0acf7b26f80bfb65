-- For wrk: posts the file named after `--`, with the fields that `-H` gave.
function init(args)
  local file = assert(io.open(args[1], "rb"))
  wrk.method = "POST"
  wrk.body = file:read("*a")
  file:close()
end
