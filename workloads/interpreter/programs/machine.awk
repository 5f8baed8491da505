# An interpreter in the interpreter: a language of eight signs, and a calculator that reads numbers, operators and names.
function run(program,    i, n, c, depth, at, stack, match_of, tape, out, steps) {
    n = length(program)
    for (i = 1; i <= n; i++) {
        c = substr(program, i, 1)
        if (c == "[") stack[++depth] = i
        if (c == "]") { match_of[i] = stack[depth]; match_of[stack[depth]] = i; depth-- }
    }
    at = 1
    for (i = 1; i <= n && steps < 9000; i++) {
        steps++
        c = substr(program, i, 1)
        if (c == ">") at++
        else if (c == "<") at--
        else if (c == "+") tape[at] = (tape[at] + 1) % 256
        else if (c == "-") tape[at] = (tape[at] + 255) % 256
        else if (c == ".") out = out sprintf("%c", tape[at] + 0)
        else if (c == "[") { if (!tape[at]) i = match_of[i] }
        else if (c == "]") { if (tape[at]) i = match_of[i] }
    }
    return out
}

# ---- the calculator
function next_token(    c) {
    while (substr(line, place, 1) == " ") place++
    c = substr(line, place, 1)
    token = ""
    if (c ~ "[0-9]") while (substr(line, place, 1) ~ "[0-9]") token = token substr(line, place++, 1)
    else if (c ~ "[a-z]") while (substr(line, place, 1) ~ "[a-z0-9]") token = token substr(line, place++, 1)
    else { token = c; place++ }
}

function factor(    value, name) {
    if (token == "(") {
        next_token()
        value = sum()
        next_token()
        return value
    }
    if (token == "-") { next_token(); return -factor() }
    if (token ~ "^[a-z]") {
        name = token
        next_token()
        return variable[name] + 0
    }
    value = token + 0
    next_token()
    return value
}

function product(    value, sign, right) {
    value = factor()
    while (token == "*" || token == "/" || token == "%") {
        sign = token
        next_token()
        right = factor()
        if (sign == "*") value *= right
        else if (!right) { print "division by nothing"; value = 0 }
        else if (sign == "/") value = int(value / right)
        else value %= right
    }
    return value
}

function sum(    value, sign) {
    value = product()
    while (token == "+" || token == "-") {
        sign = token
        next_token()
        value = sign == "+" ? value + product() : value - product()
    }
    return value
}

function calculate(text,    name, equals) {
    equals = index(text, "=")
    name = equals ? substr(text, 1, equals - 1) : "it"
    line = equals ? substr(text, equals + 1) : text
    place = 1
    next_token()
    return variable[name] = sum()
}

BEGIN {
    print run("++++++++[>++++[>++>+++>+++>+<<<<-]>+>+>->>+[<]<-]>>.>---.+++++++..+++.>>.<-.<.+++.------.--------.>>+.")
    print run("++++++++[>++++++>++++++<<-]>++>+++++[<.+>>+++<-.+]"), (length(run("+[>+.<]")) > 100)
    n = split("1+2*3;(1+2)*3;x=10;y=x*x-1;y%7;-x+ -(3-5);z9=y/x*(x+y);z9-1;1/0;((((2))))*((3)+4)*2-10/3", lines, ";")
    for (round = 1; round <= 3; round++)
        for (i = 1; i <= n; i++) print lines[i], "=", calculate(lines[i])
    for (i = 1; i <= 40; i++) calculate("f" i "=f" (i - 1) "+f" (i - 2) "+" (i < 3))
    print variable["f10"], variable["f40"]
}
