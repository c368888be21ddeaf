# Reads the trx files of test projects, and prints tab-separated lines: a kind, seconds, and what they are of.
#   project  <seconds from start to finish>  <name> <cases> <seconds of all cases together>
#   class    <seconds of its cases together> <name> <cases>
#   passed, failed, skipped  <count>
function attribute(name,    value) {
    value = $0
    if (!sub(".* " name "=\"", "", value)) return ""
    sub(/".*/, "", value)
    return value
}
function of_duration(text,    part) { split(text, part, ":"); return part[1] * 3600 + part[2] * 60 + part[3] }
# Of a day: no test runs for longer.
function of_time(text) { sub(/.*T/, "", text); return of_duration(substr(text, 1, 12)) }
function project_of(file) { sub(/.*\//, "", file); sub(/\.trx$/, "", file); return file }
/<Times / {
    wall[project_of(FILENAME)] = (of_time(attribute("finish")) - of_time(attribute("start")) + 86400) % 86400
}
/<UnitTestResult / {
    name = attribute("testName")
    sub(/\(.*/, "", name)
    sub(/\.[^.]*$/, "", name)
    sub(/^Sessions\./, "", name)
    seconds = of_duration(attribute("duration"))
    class[name] += seconds
    cases[name]++
    all[project_of(FILENAME)] += seconds
    count[project_of(FILENAME)]++
}
/<Counters / {
    passed += attribute("passed")
    failed += attribute("executed") - attribute("passed")
    skipped += attribute("total") - attribute("executed")
}
END {
    for (name in wall) printf "project\t%.1f\t%s\t%d\t%.1f\n", wall[name], name, count[name], all[name]
    for (name in class) printf "class\t%.1f\t%s\t%d\n", class[name], name, cases[name]
    printf "passed\t%d\nfailed\t%d\nskipped\t%d\n", passed, failed, skipped
}
