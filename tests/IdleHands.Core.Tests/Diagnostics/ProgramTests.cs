using IdleHands.Diagnostics;
using IdleHands.Templates;

namespace IdleHands.Core.Tests.Diagnostics;

/// <summary>Which programs a command runs, read from the command.</summary>
public sealed class ProgramTests
{
    [Theory]
    [InlineData("llama-server -m /m.gguf --port 8080", "llama-server")]
    [InlineData("  '/opt/my dir/llama-server' -m x", "/opt/my dir/llama-server")]
    [InlineData("\"/opt/llama server\" -m x", "/opt/llama server")]
    [InlineData("/opt/my\\ dir/srv x", "/opt/my dir/srv")]
    [InlineData("~/llama.cpp/build/bin/llama-server -m x", "~/llama.cpp/build/bin/llama-server")]
    [InlineData("$HOME/bin/srv", "~/bin/srv")]
    [InlineData("\"${HOME}/bin/my srv\" -x", "~/bin/my srv")]
    [InlineData("CUDA_VISIBLE_DEVICES=0 A='b c' llama-server", "llama-server")]
    [InlineData("nohup llama-server > /tmp/log 2>&1 &", "nohup llama-server")]
    [InlineData("env A=1 B='x y' nohup setsid llama-server", "env nohup setsid llama-server")]
    [InlineData("env -u A -i B=1 srv", "env srv")]
    [InlineData("sudo -n -u llama -- /usr/bin/srv -u me", "sudo /usr/bin/srv")]
    [InlineData("exec nice -n 10 ionice -c 2 srv", "exec nice ionice srv")]
    [InlineData("timeout -k 5 30 curl -sf http://127.0.0.1", "timeout curl")]
    [InlineData("taskset -c 0-3 numactl -N 0 srv", "taskset numactl srv")]
    [InlineData("time -f %e srv", "time srv")]
    [InlineData("bash -c 'nonsense | more nonsense'", "bash")]
    [InlineData("cat a | grep -q x", "cat grep")]
    [InlineData("systemctl stop a; systemctl start b", "systemctl; systemctl")]
    [InlineData("nvidia-smi && srv", "nvidia-smi srv")]
    [InlineData("docker start m || docker run -d --name m img", "docker | docker")]
    [InlineData("cd /opt/x && ./srv", "cd")]
    [InlineData("cd /opt/x && /opt/x/srv", "cd /opt/x/srv")]
    [InlineData("./srv -m x", "./srv")]
    [InlineData("srv # | not this", "srv")]
    [InlineData("a\nb", "a; b")]
    [InlineData(">/tmp/log 2>&1 srv", "srv")]
    [InlineData("srv &>/tmp/log", "srv")]
    [InlineData("echo a&&b", "echo b")]
    [InlineData("! pgrep x", "pgrep")]
    public void Finds_the_first_word_behind_what_only_leads_to_it(string command, string programs) =>
        Assert.Equal(programs, Show(CommandPrograms.Of(command, ShellDialect.Posix)));

    [Theory]
    [InlineData("pkill -f llama-server || true", "pkill | true")]
    [InlineData("command -v nvidia-smi >/dev/null && nvidia-smi -L", "")]
    [InlineData("[ -x /opt/srv ] && /opt/srv", "")]
    [InlineData("[[ -f x ]] && srv || other", "")]
    [InlineData("test -f x && srv", "")]
    [InlineData("if nonsense; then nonsense; if more; then x; fi; y; fi; srv", "srv")]
    [InlineData("for i in 1 2 3; do nonsense $i; done", "")]
    [InlineData("while ! nonsense; do sleep 1; done; srv", "srv")]
    [InlineData("case $x in a) nonsense ;; *) other ;; esac", "")]
    [InlineData("(nonsense) || true", "")]
    [InlineData("{ nonsense; } 2>/dev/null || true", "")]
    [InlineData("f() { nonsense; }; f", "")]
    [InlineData("~llama/bin/srv", "")]
    [InlineData("$SERVER -m x", "")]
    [InlineData("`which srv` -m x", "")]
    [InlineData("PATH=/opt/bin:$PATH srv", "")]
    [InlineData("export PATH=/opt/bin:$PATH; srv", "")]
    [InlineData("source ~/venv/bin/activate && vllm serve", "")]
    [InlineData(". /etc/profile; srv", "")]
    [InlineData("cat <<EOF\nnonsense\nEOF", "cat")]
    [InlineData("", "")]
    [InlineData("   ", "")]
    public void Says_nothing_of_what_may_not_be_run(string command, string programs) =>
        Assert.Equal(programs, Show(CommandPrograms.Of(command, ShellDialect.Posix)));

    [Theory]
    [InlineData("llama-server -m x", "llama-server")]
    [InlineData("& 'C:/Program Files/llama/llama-server.exe' -m x", "C:/Program Files/llama/llama-server.exe")]
    [InlineData("$env:A='b'; srv --port 1", "srv")]
    [InlineData("srv | Out-Null; other", "srv Out-Null; other")]
    [InlineData("a || b", "a | b")]
    [InlineData("if ($x) { nonsense }", "")]
    [InlineData("$env:PATH = 'x'; srv", "")]
    [InlineData("& $server -m x", "")]
    [InlineData("'text'; [int]1; (nonsense)", "")]
    public void Reads_PowerShell(string command, string programs) => Assert.Equal(programs, Show(CommandPrograms.Of(command, ShellDialect.PowerShell)));

    [Theory]
    [InlineData("llama-server.exe -m x", "llama-server.exe")]
    [InlineData("set \"A=b\" && srv", "srv")]
    [InlineData("@srv & other", "srv; other")]
    [InlineData("\"C:\\my dir\\srv.exe\" -m x", "C:\\my dir\\srv.exe")]
    [InlineData("%SERVER% -m x", "")]
    [InlineData("if exist x nonsense", "")]
    [InlineData("set \"PATH=x\" && srv", "")]
    public void Reads_cmd(string command, string programs) => Assert.Equal(programs, Show(CommandPrograms.Of(command, ShellDialect.Cmd)));

    [Theory]
    [InlineData("a b || c", "a,c", "a")]
    [InlineData("a || b", "a", "")]
    [InlineData("a && b", "b", "b")]
    [InlineData("a && b || c", "b,c", "b")]
    public void One_way_through_a_command_is_enough(string command, string missing, string lacking) =>
        Assert.Equal(lacking, string.Join(',', CommandPrograms.Of(command, ShellDialect.Posix).SelectMany(need => need.Lacking(missing.Split(',').ToHashSet()))));

    [Fact]
    public void Any_text_is_read_to_its_end()
    {
        var random = new Random(4711);
        const string Letters = "ab '\"\\$(){}[]`;|&<>#~/=\n!*?-";
        for (int i = 0; i < 20_000; i++)
        {
            string command = string.Concat(Enumerable.Range(0, random.Next(24)).Select(_ => Letters[random.Next(Letters.Length)]));
            foreach (ShellDialect dialect in Enum.GetValues<ShellDialect>())
            {
                Assert.All(CommandPrograms.Of(command, dialect).SelectMany(need => need.Programs), program => Assert.NotEmpty(program));
            }
        }
    }

    private static string Show(IReadOnlyList<ProgramNeed> needs) =>
        string.Join("; ", needs.Select(need => string.Join(" | ", need.Alternatives.Select(way => string.Join(' ', way)))));
}
