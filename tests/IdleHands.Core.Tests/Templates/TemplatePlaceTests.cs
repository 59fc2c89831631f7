using IdleHands.Templates;

namespace IdleHands.Core.Tests.Templates;

/// <summary>Where in a command a value that needs quotes is accepted.</summary>
public sealed class TemplatePlaceTests
{
    private const string Unsafe = "/a b.gguf";

    [Theory]
    [InlineData("run \"{source}\"")]
    [InlineData("run '{source}'")]
    [InlineData("bash -c 'run {source}'")]
    [InlineData("bash -c \"run {source}\"")]
    [InlineData("it's {source}")]
    [InlineData("run \"a \\\" {source}\"")]
    [InlineData("run \"$(echo \"{source}\")\"")]
    [InlineData("run `echo {source}`")]
    [InlineData("run \"`echo {source}`\"")]
    [InlineData("run \\{source}")]
    [InlineData("run ok # see {source}")]
    [InlineData("cat <<EOF\n{source}\nEOF")]
    [InlineData("cat <<-'EOF' # c\n{source}\nEOF")]
    [InlineData("run $((1 + {source}))")]
    [InlineData("((x = {source}))")]
    [InlineData("run ${X:-{source} }")]
    [InlineData("run $'it\\'s' {source}")]
    [InlineData("run \"${X:-it's}\" {source}")]
    public void Refuses_for_a_posix_shell(string template) => AssertUnsafe(template, Unsafe, ShellDialect.Posix);

    [Theory]
    [InlineData("run {source}")]
    [InlineData("run 'a' \"b\" {source}")]
    [InlineData("run \"it's\" {source}")]
    [InlineData("run 'say \"' {source}")]
    [InlineData("run \"$(echo {source})\"")]
    [InlineData("run \"$(echo $(echo ')') {source})\"")]
    [InlineData("run $(echo (a) ) {source}")]
    [InlineData("run `date` {source}")]
    [InlineData("run \\\" {source}")]
    [InlineData("run \\' {source}")]
    [InlineData("run a#b {source}")]
    [InlineData("# it's here\nrun {source}")]
    [InlineData("cat <<< x\nrun {source}")]
    [InlineData("run $((1 + (2))) {source}")]
    [InlineData("run ${X:-\"a'b\"} {source}")]
    [InlineData("run $'a\"' {source}")]
    [InlineData("case x in a) run {source};; esac")]
    [InlineData("run ${HOME} {{.Names}} {source}")]
    public void Quotes_for_a_posix_shell(string template) => AssertQuoted(template, Unsafe, "'/a b.gguf'", ShellDialect.Posix);

    [Theory]
    [InlineData("run \"{source}\"")]
    [InlineData("run '{source}'")]
    [InlineData("run ‘a {source}’")]
    [InlineData("run “a {source}”")]
    [InlineData("run \"a `\" {source}\"")]
    [InlineData("run \"a \"\" {source}\"")]
    [InlineData("run \"a\"\"{source}\"")]
    [InlineData("run 'it''s {source}'")]
    [InlineData("run \"$('a') {source}\"")]
    [InlineData("run `{source}")]
    [InlineData("run # {source}")]
    [InlineData("run <# {source} #>")]
    [InlineData("run ''#\n{source}")]
    [InlineData("run a<# #> {source}")]
    [InlineData("run @'\n{source}\n'@")]
    [InlineData("run --% {source}")]
    [InlineData("run --%''a'\n{source}")]
    [InlineData("run @'\nx\n'@ {source}")]
    [InlineData("run `' {source}")]
    [InlineData("run {source}.log")]
    [InlineData("run 'a'{source}")]
    [InlineData("run ${a {source}")]
    [InlineData("run ${it's} {source}")]
    [InlineData("run \"${\"} {source}")]
    [InlineData("run --model=$(echo {source} )")]
    [InlineData("run \"$(echo {source})\"")]
    [InlineData("run \"$(echo (a) \"b\" {source})\"")]
    [InlineData("run \"$(echo `\")\" {source}")]
    [InlineData("run \"$(echo \"\"a\"\")\" {source}")]
    public void Refuses_for_PowerShell(string template) => AssertUnsafe(template, Unsafe, ShellDialect.PowerShell);

    [Theory]
    [InlineData("& {source}; run")]
    [InlineData("run 'it''s' \"a`\"b\" {source}")]
    [InlineData("run \"$(echo (a) \"b\")\" {source}")]
    [InlineData("run $(other {source})")]
    [InlineData("run <# it's #> {source}")]
    [InlineData("run # it's\nrun {source}")]
    [InlineData("run --model={source}")]
    [InlineData("$x = ${env:A}; run \"${env:A}\" {source}")]
    public void Quotes_for_PowerShell(string template) => AssertQuoted(template, Unsafe, "'/a b.gguf'", ShellDialect.PowerShell);

    [Theory]
    [InlineData("$x = {source}; run $x")]
    [InlineData("$x={source}")]
    [InlineData("$x += {source}")]
    [InlineData("$env:A = 'b'; $x = 'a', {source}")]
    [InlineData("run @({source})")]
    [InlineData("run @('a', {source}, 'b')")]
    [InlineData("run ({source})")]
    [InlineData("run $({source})")]
    [InlineData("run @{ a = {source} }.a")]
    [InlineData("if ($x -eq {source}) { run }")]
    [InlineData("if ($x) { return {source} }")]
    [InlineData("$x = run {port}; $y = {source}")]
    [InlineData("# a\n$x = {source}")]
    [InlineData("1, {source} | run")]
    [InlineData("run -m{source}")]
    public void Quotes_a_plain_value_where_PowerShell_would_run_or_split_it(string template) =>
        AssertQuoted(template, "/m/a.gguf", "'/m/a.gguf'", ShellDialect.PowerShell);

    [Theory]
    [InlineData("run {source}")]
    [InlineData("{source} serve")]
    [InlineData("$x = run {source}")]
    [InlineData("$x = 1; run {source}")]
    [InlineData("run @(other {source})")]
    [InlineData("run \"$(other {source})\"")]
    [InlineData("if ($x) { run {port} {source} }")]
    [InlineData("run `\r\n  --model={source} `\n  -m {source}")]
    [InlineData("run {source}.log a,{source}")]
    [InlineData("& 'run' {source}")]
    [InlineData("$x = @'\ny = {source}\n'@")]
    public void Leaves_a_plain_word_of_a_command_as_it_is(string template) =>
        AssertQuoted(template, "/m/a.gguf", "/m/a.gguf", ShellDialect.PowerShell);

    [Theory]
    [InlineData("run \"$({source})\"", "/m/a.gguf")]
    [InlineData("run a`tb; $x = {source}", "/m/a.gguf")]
    [InlineData("run `{source}", "nmodel")]
    [InlineData("run \"`{source}\"", "nmodel")]
    [InlineData("run {source}", "--%")]
    [InlineData("run 1,{source}", Unsafe)]
    [InlineData("run 1 , {source}", Unsafe)]
    [InlineData("run {source},b", Unsafe)]
    [InlineData("run -m{source}.log", "/m/a.gguf")]
    public void Refuses_what_PowerShell_would_change(string template, string value) => AssertUnsafe(template, value, ShellDialect.PowerShell);

    [Theory]
    [InlineData("run \"{source}\"")]
    [InlineData("run \"a\" \"{source}\"")]
    [InlineData("run \"a ^\"{source}")]
    [InlineData("run ^{source}")]
    [InlineData("run C:\\models\\{source}")]
    [InlineData("run \"a\"{source}")]
    [InlineData("run {source}\"a\"")]
    [InlineData("run {source}{source}")]
    public void Refuses_for_cmd(string template) => AssertUnsafe(template, Unsafe, ShellDialect.Cmd);

    [Theory]
    [InlineData("run {source}")]
    [InlineData("run \"a b\" {source} \"c\"")]
    [InlineData("run it's {source}")]
    [InlineData("run ^\" {source}")]
    [InlineData("run \"a ^\" {source}")]
    [InlineData("run --model={source}")]
    [InlineData("run ^^{source}")]
    public void Quotes_for_cmd(string template) => AssertQuoted(template, Unsafe, "\"/a b.gguf\"", ShellDialect.Cmd);

    [Theory]
    [InlineData(ShellDialect.Posix)]
    [InlineData(ShellDialect.PowerShell)]
    [InlineData(ShellDialect.Cmd)]
    public void Accepts_a_plain_value_inside_quotes(ShellDialect dialect) => Assert.Equal(
        "run \"/a.gguf\" 'x 8080'",
        CommandTemplate.Render("run \"{source}\" 'x {port}'", SampleValues.With("/a.gguf"), dialect));

    [Fact]
    public void Says_to_drop_the_quotes_and_names_the_value()
    {
        var error = Assert.Throws<TemplateException>(
            () => CommandTemplate.Render("run \"{source}\"", SampleValues.With(Unsafe), ShellDialect.Posix));

        Assert.Contains("{source}", error.Message, StringComparison.Ordinal);
        Assert.Contains(Unsafe, error.Message, StringComparison.Ordinal);
        Assert.Contains("Drop the quotes", error.Recommendation, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_hostile_variable_where_the_template_quotes_already()
    {
        TemplateValues plain = SampleValues.With("m") with { BackendEnvironment = new EnvironmentMap([new("A", "1")]) };
        TemplateValues hostile = plain with { BackendEnvironment = new EnvironmentMap([new("A", "$(touch x)")]) };

        Assert.Equal("bash -c 'env A=1  run'", CommandTemplate.Render("bash -c '{backend_env} run'", plain, ShellDialect.Posix));
        AssertUnsafe("bash -c '{backend_env} run'", hostile, ShellDialect.Posix);
        AssertUnsafe("pwsh -c \"{backend_env} run\"", plain, ShellDialect.PowerShell);
        AssertUnsafe("cmd /c \"{backend_env} run\"", plain, ShellDialect.Cmd);
    }

    private static void AssertUnsafe(string template, string source, ShellDialect dialect) =>
        AssertUnsafe(template, SampleValues.With(source), dialect);

    private static void AssertUnsafe(string template, TemplateValues values, ShellDialect dialect) =>
        Assert.Equal("TemplateUnsafe", Assert.Throws<TemplateException>(() => CommandTemplate.Render(template, values, dialect)).ErrorId);

    private static void AssertQuoted(string template, string source, string quoted, ShellDialect dialect) => Assert.Equal(
        template.Replace("{source}", quoted, StringComparison.Ordinal).Replace("{port}", "8080", StringComparison.Ordinal),
        CommandTemplate.Render(template, SampleValues.With(source), dialect));
}
