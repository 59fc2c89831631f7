using System.Management.Automation;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Commands;

public sealed class AddTests : ModuleTests
{
    [Fact]
    public void Fills_in_what_has_a_default()
    {
        Session.Get("Add-IHHost h1; Add-IHBackend cuda; Add-IHBackend own; Add-IHModel m1 -Source /m.gguf -StartCommand run");

        PSObject host = Session.Get("Get-IHHost h1").Single();
        Assert.Equal(("h1", true, "local"), (host.Properties["DisplayName"].Value, host.Properties["Enabled"].Value, host.Properties["Transport"].Value));
        Assert.Equal("cuda", Value("Get-IHBackend cuda", "Type"));
        Assert.Equal("custom", Value("Get-IHBackend own", "Type"));
        Assert.Equal(["any"], Names(Value("Get-IHModel m1", "HostPolicy")));
        Assert.Null(Value("Get-IHModel m1", "Port"));
    }

    [Fact]
    public void Keeps_every_value_of_a_host()
    {
        Session.Get("""
            Add-IHHost h1 -DisplayName One -Transport SSH -HostName one.lan -Port 2222 -UserName me -KeyPath ~/.ssh/id -Password secret://v/p `
                -SshOption A=1, B=2 -ExecPrefix docker, exec, c -Shell PWSH -Gpu g1, g2 -VramGB 24.5 -Backend cuda `
                -CheckCommand check -CheckTimeoutSec 7 -StopCommand stop -CleanupCommand clean -DrainSec 0 -StopGraceSec 20 -Disabled
            """);

        PSObject host = Session.Get("Get-IHHost h1").Single();
        string shown = string.Join('|', host.Properties.Select(property => $"{property.Name}={property.Value}"));
        Assert.Equal(
            "Id=h1|DisplayName=One|Enabled=False|Transport=ssh|Shell=pwsh|HostName=one.lan|Port=2222|UserName=me|KeyPath=~/.ssh/id"
            + "|Password=secret://v/p|SshOption=A=1, B=2|ExecPrefix=docker, exec, c|Gpu=g1, g2|VramGB=24.5|Backend=cuda"
            + "|CheckCommand=check|CheckTimeoutSec=7|StopCommand=stop|CleanupCommand=clean|DrainSec=0|StopGraceSec=20",
            shown);
    }

    [Fact]
    public void Keeps_every_value_of_a_backend()
    {
        Session.Get("""
            Add-IHHost h1
            Add-IHBackend b1 -DisplayName One -Type ROCM -HostFilter h1 -ApplyCommand apply -VerifyCommand verify -RollbackCommand roll `
                -Environment @{ K = 'v' } -Argument '-ngl', '99'
            """);

        PSObject backend = Session.Get("Get-IHBackend b1").Single();
        Assert.Equal(
            "Id=b1|DisplayName=One|Enabled=True|Type=rocm|HostFilter=h1|ApplyCommand=apply|VerifyCommand=verify|RollbackCommand=roll|VerifyAlways=|Environment=K=v|Argument=-ngl, 99",
            string.Join('|', backend.Properties.Select(property => $"{property.Name}={property.Value}")));
    }

    [Fact]
    public void Keeps_every_value_of_a_model()
    {
        Session.Get("""
            Add-IHHost h1; Add-IHHost h2; Add-IHBackend cpu; Add-IHModel m0 -Source s -StartCommand run
            Add-IHModel m1 -DisplayName One -Source /m.gguf -HostPolicy h2, h1 -BackendPolicy cpu -StartCommand start -ProbeCommand probe `
                -ProbeTimeoutSec 60 -ProbeIntervalMs 500 -StatusCommand status -Port 8081 -ContextWindow 4096 -MaxTokens 512 `
                -ServedName served -ChatTemplate chatml -ThinkingMode No_Think -Fallback m0
            """);

        PSObject model = Session.Get("Get-IHModel m1").Single();
        Assert.Equal(
            "Id=m1|DisplayName=One|Enabled=True|Source=/m.gguf|HostPolicy=h2, h1|BackendPolicy=cpu|StartCommand=start|ProbeCommand=probe"
            + "|ProbeTimeoutSec=60|ProbeIntervalMs=500|StatusCommand=status|Port=8081|ContextWindow=4096|MaxTokens=512"
            + "|ServedName=served|ChatTemplate=chatml|Fallback=m0|ThinkingMode=no_think|SplitPolicy=",
            string.Join('|', model.Properties.Select(property => $"{property.Name}={property.Value}")));
    }

    [Fact]
    public void Is_silent_without_PassThru_and_emits_the_entry_with_it()
    {
        Assert.Empty(Session.Get("Add-IHHost h1"));
        Assert.Equal(["h2"], Ids("Add-IHHost h2 -PassThru"));
        Assert.Equal(false, Value("Add-IHHost h3 -Disabled -PassThru", "Enabled"));
    }

    [Theory]
    [InlineData("Add-IHHost h1", "HostExists")]
    [InlineData("Add-IHBackend b1", "BackendExists")]
    [InlineData("Add-IHModel m1 -Source s -StartCommand c", "ModelExists")]
    public void Refuses_an_id_that_is_taken(string script, string errorId)
    {
        Session.Get(script);

        ErrorRecord error = Session.Run(script).Error;

        Assert.Equal(errorId, ErrorId(error));
        Assert.Equal(ErrorCategory.ResourceExists, error.CategoryInfo.Category);
        Assert.Contains("Set-IH", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Add-IHHost Bad_Id")]
    [InlineData("Add-IHHost h1 -Port 70000")]
    [InlineData("Add-IHModel m1 -Source s -StartCommand 'run {nonsense}'")]
    [InlineData("Add-IHModel m1 -Source s -StartCommand run -HostPolicy nowhere")]
    [InlineData("Add-IHModel m1 -Source s -StartCommand run -Port 0")]
    public void What_breaks_a_rule_is_an_error_and_nothing_is_written(string script)
    {
        ErrorRecord error = Session.Run(script).Error;

        Assert.EndsWith("Invalid", ErrorId(error), StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.InvalidArgument, error.CategoryInfo.Category);
        Assert.False(File.Exists(Session.ConfigurationFile));
    }

    [Fact]
    public void WhatIf_writes_nothing()
    {
        Session.Get("Add-IHHost h1 -WhatIf; Add-IHBackend b1 -WhatIf; Add-IHModel m1 -Source s -StartCommand c -WhatIf");

        Assert.False(Directory.Exists(Session.ConfigurationDirectory));
    }

    [Fact]
    public void Copies_a_model_without_loss_but_for_its_id()
    {
        Session.WriteConfiguration("""
            {"schema_version": 1, "hosts": [], "backends": [], "models": [{"id": "a", "display_name": "a", "enabled": false, "source": "/m.gguf",
             "host_policy": ["any"], "backend_policy": "any", "launch": {"start_cmd": "run {port}"}, "runtime_defaults": {"port": 9000}, "split_policy": {"mode": "rows"}}]}
            """.Replace("[\"any\"]", "\"any\"", StringComparison.Ordinal));

        PSObject copy = Session.Get("Get-IHModel a | Add-IHModel -Id b -ContextWindow 100 -PassThru").Single();

        Assert.Equal(
            "b|b|False|/m.gguf|run {port}|9000|100",
            string.Join('|', new[] { "Id", "DisplayName", "Enabled", "Source", "StartCommand", "Port", "ContextWindow" }.Select(name => copy.Properties[name].Value)));
        Assert.Contains("rows", copy.Properties["SplitPolicy"].Value.ToString(), StringComparison.Ordinal);
        Assert.Equal(["a", "b"], Ids("Get-IHModel"));
    }

    [Fact]
    public void Copies_a_password_in_clear_that_it_never_shows()
    {
        Session.WriteConfiguration("""
            {"schema_version": 1, "hosts": [{"id": "a", "display_name": "a", "enabled": true, "transport": "ssh", "connection": {"host": "a.lan", "password": "hunter2"}}], "backends": [], "models": []}
            """);

        PSObject copy = Session.Get("Get-IHHost a | Add-IHHost -Id b -PassThru").Single();

        Assert.Equal("***", copy.Properties["Password"].Value.ToString());
        Assert.Equal(3, Session.ReadConfiguration().Split("hunter2").Length);
    }

    [Fact]
    public void Reads_rows_of_texts_as_a_CSV_file_gives_them()
    {
        Session.Get("""
            Add-IHHost h1; Add-IHHost h2
            [pscustomobject]@{ Id = 'm1'; DisplayName = ''; Enabled = 'False'; Source = '/m.gguf'; HostPolicy = 'h1, h2'; BackendPolicy = 'any'; StartCommand = 'run'; Port = '8081'; ProbeCommand = ''; Other = 'x' },
            [pscustomobject]@{ Id = 'm2'; Enabled = 'True'; Source = '/m.gguf'; StartCommand = 'run' } | Add-IHModel
            [pscustomobject]@{ Id = 'b1'; Type = 'cpu'; Environment = 'A=1; B=x=y'; Argument = '-ts, 3,1' } | Add-IHBackend
            @{ Id = 'h3'; VramGB = '24.5'; Gpu = 'g1, g2' } | Add-IHHost
            """);

        PSObject model = Session.Get("Get-IHModel m1").Single();
        Assert.Equal(
            "m1|m1|False|h1, h2|any|8081|",
            string.Join('|', new[] { "Id", "DisplayName", "Enabled", "HostPolicy", "BackendPolicy", "Port", "ProbeCommand" }.Select(name => model.Properties[name].Value)));
        Assert.Equal("A=1; B=x=y", Value("Get-IHBackend b1", "Environment")!.ToString());
        Assert.Equal(["-ts", "3,1"], Names(Value("Get-IHBackend b1", "Argument")));
        Assert.Equal(24.5, Value("Get-IHHost h3", "VramGB"));
    }

    [Fact]
    public void What_a_model_prints_as_text_is_read_back_the_same()
    {
        AddSamples();

        Session.Get("""
            Get-IHModel | ForEach-Object {
                $row = [pscustomobject]@{}
                foreach ($p in $_.psobject.Properties) { $row.psobject.Properties.Add([psnoteproperty]::new($p.Name, "$($p.Value -join ', ')")) }
                $row
            } | Add-IHModel -Id copy -DisplayName qwen-small -ErrorAction Ignore
            """);

        Assert.Equal(
            Session.Get("Get-IHModel qwen-small").Single().ToString().Replace("Id = qwen-small", "Id = copy", StringComparison.Ordinal),
            Session.Get("Get-IHModel copy").Single().ToString());
    }

    [Fact]
    public void Leaves_properties_alone_that_are_no_values_of_an_entry() =>
        Assert.Equal(
            ["m1"],
            Ids("""
                $object = [pscustomobject]@{ Id = 'm1'; Source = 's'; StartCommand = 'c' }
                $object.psobject.Properties.Add([psscriptproperty]::new('Other', { throw 'not to be asked' }))
                $object | Add-IHModel -PassThru
                """));

    [Fact]
    public void Takes_a_property_that_an_object_computes() =>
        Assert.Equal(
            8081,
            Value(
                """
                $object = [pscustomobject]@{ Id = 'm1'; Source = 's'; StartCommand = 'c' }
                $object.psobject.Properties.Add([psscriptproperty]::new('Port', { 8080 + 1 }))
                $object | Add-IHModel -PassThru
                """,
                "Port"));

    [Fact]
    public void Parameters_go_before_the_values_of_the_object() =>
        Assert.Equal(
            9000,
            Value("[pscustomobject]@{ Id = 'm1'; Source = 's'; StartCommand = 'c'; Port = 'not read' } | Add-IHModel -Port 9000 -PassThru", "Port"));

    [Fact]
    public void A_bad_item_is_an_error_of_its_own_and_the_others_are_added()
    {
        Result result = Session.Run("""
            [pscustomobject]@{ Id = 'a'; Source = 's'; StartCommand = 'c' },
            [pscustomobject]@{ Id = 'b'; Source = 's'; StartCommand = 'c'; Port = '80x' },
            [pscustomobject]@{ Id = 'c'; Source = 's' },
            [pscustomobject]@{ Source = 's'; StartCommand = 'c' },
            [pscustomobject]@{ Id = 'a'; Source = 's'; StartCommand = 'c' },
            [pscustomobject]@{ Id = 'd'; Source = 's'; StartCommand = '{nonsense}' },
            [pscustomobject]@{ Id = 'e'; Source = 's'; StartCommand = 'c' } | Add-IHModel -PassThru
            """);

        Assert.Equal(["a", "e"], result.Output.Select(item => item.Properties["Id"].Value));
        Assert.Equal(["BadValue", "MissingValue", "MissingId", "ModelExists", "ModelInvalid"], result.Errors.Select(ErrorId));
        Assert.Equal(["a", "e"], Ids("Get-IHModel"));
        Assert.Contains("'80x' is not a whole number", result.Errors[0].Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_objects_of_another_kind()
    {
        Session.Get("Add-IHHost h1");

        Result result = Session.Run("Get-IHHost h1 | Add-IHModel -Id m1 -Source s -StartCommand c");

        Assert.Equal("WrongKind", ErrorId(result.Error));
        Assert.Contains("not a RuntimeHost", result.Error.Exception.Message, StringComparison.Ordinal);
        Assert.IsType<RuntimeHost>(((PSObject)result.Error.TargetObject).BaseObject);
        Assert.Empty(Session.Get("Get-IHModel"));
    }

    [Theory]
    [InlineData("$s = [securestring]::new(); $s.AppendChar('x'); Add-IHHost h1 -Password $s", "NoVault")]
    [InlineData("Add-IHHost h1 -Password hunter2", "NoSecretReference")]
    [InlineData("[pscustomobject]@{ Id = 'h1'; Password = '***' } | Add-IHHost", "NoSecretReference")]
    public void A_password_itself_is_not_stored_and_both_ways_out_are_named(string script, string errorId)
    {
        ErrorRecord error = Session.Run(script).Error;

        Assert.Equal(errorId, ErrorId(error));
        Assert.Contains("secret://", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains("env:NAME", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(Session.Get("Get-IHHost"));
    }

    [Theory]
    [InlineData("Add-IHHost h1 -Transport telnet", "-Transport takes local, ssh or exec, not 'telnet'.")]
    [InlineData("Add-IHHost h1 -Shell fish", "-Shell takes bash, sh, pwsh or cmd, not 'fish'.")]
    [InlineData("Add-IHBackend b1 -HostFilter (Get-Command Get-IHHost)", "-HostFilter takes hosts or their ids, not a CmdletInfo.")]
    public void A_bad_word_is_a_binding_error_that_names_the_words(string script, string message)
    {
        Result result = Session.Run(script);

        Assert.Contains(message, result.Errors.Count > 0 ? result.Errors[0].Exception.Message : result.Terminated!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_policy_takes_the_word_any_in_any_case_and_objects()
    {
        Session.Get("Add-IHHost h1; Add-IHHost h2; Add-IHModel m1 -Source s -StartCommand c -HostPolicy (Get-IHHost); Add-IHModel m2 -Source s -StartCommand c -HostPolicy Any");

        Assert.Equal(["h1", "h2"], Names(Value("Get-IHModel m1", "HostPolicy")));
        Assert.Equal(["any"], Names(Value("Get-IHModel m2", "HostPolicy")));
        Assert.Contains("\"host_policy\": \"any\"", Session.ReadConfiguration(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipeline_of_thousands_is_one_write()
    {
        Session.Get("Add-IHHost h1");
        int replaced = 0;
        using var watcher = new FileSystemWatcher(Session.ConfigurationDirectory, "runtimes.json");
        using var seen = new ManualResetEventSlim();
        watcher.Renamed += (_, _) =>
        {
            Interlocked.Increment(ref replaced);
            seen.Set();
        };
        watcher.EnableRaisingEvents = true;

        Session.Get("$input | Add-IHModel", [.. Enumerable.Range(1, 2000).Select(Row)]);
        Assert.True(seen.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));

        // A second writing command makes sure that whatever came before it has been reported.
        seen.Reset();
        Session.Get("Add-IHHost h2");
        Assert.True(seen.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Equal(2, replaced);
        Assert.Equal(2000, Session.Get("Get-IHModel").Count);

        static object Row(int number)
        {
            var row = new PSObject();
            row.Properties.Add(new PSNoteProperty("Id", $"m{number}"));
            row.Properties.Add(new PSNoteProperty("Source", "/m.gguf"));
            row.Properties.Add(new PSNoteProperty("StartCommand", "run {port}"));
            return row;
        }
    }
}
