using System.Management.Automation;
using System.Management.Automation.Host;
using IdleHands.Hosts;
using IdleHands.PowerShell.Entries;

namespace IdleHands.PowerShell.Errors;

/// <summary>The failures that only the cmdlets know: what they were given can't be read.</summary>
internal static class Failures
{
    private const string PasswordWays =
        "Keep it in a vault and give -Password secret://[vault/]name, or in an environment variable and give -Password env:NAME.";

    internal static IdleHandsException BadValue(EntryKind kind, string id, string name, bool isParameter, FormatException cause) => new(
        "BadValue",
        FailureKind.InvalidArgument,
        $"{name} of {kind.Word} '{id}' can't be read: {cause.Message}.",
        isParameter
            ? $"Get-Help Add-{kind.Noun} -Parameter {name} tells what it takes."
            : $"Give the object a {name} as Get-{kind.Noun} shows it, or none.",
        id,
        cause);

    internal static IdleHandsException BadId(EntryKind kind, object input, FormatException cause) => new(
        "BadValue",
        FailureKind.InvalidArgument,
        $"The Id of an object of the pipeline can't be read: {cause.Message}.",
        $"Pipe one object for each {kind.Word}; Get-Help Add-{kind.Noun} -Examples shows how.",
        input,
        cause);

    internal static IdleHandsException MissingValue(EntryKind kind, string id, string parameter) => new(
        "MissingValue",
        FailureKind.InvalidArgument,
        $"The {kind.Word} '{id}' needs a {parameter}, and none is given.",
        $"Give -{parameter}; Get-Help Add-{kind.Noun} -Examples shows how.",
        id);

    internal static IdleHandsException NoId(string path) => new(
        "MissingId",
        FailureKind.InvalidArgument,
        $"No id can be made of '{path}': its name has no letter of a to z and no digit.",
        "Give one with -Id.",
        path);

    internal static IdleHandsException NoEngine(RuntimeModel model) => new(
        "MissingValue",
        FailureKind.InvalidArgument,
        $"The model '{model.Id}' needs a StartCommand, and its source '{model.Source}' does not tell which server runs it.",
        "Give -Engine (llama-server, vllm, ollama and so on) or -StartCommand; Get-Help Add-IHModel -Examples shows how.",
        model.Id);

    internal static IdleHandsException MissingId(EntryKind kind, object input) => new(
        "MissingId",
        FailureKind.InvalidArgument,
        $"An object of the pipeline ({input}) has no Id, so no {kind.Word} can be made of it.",
        $"Give -Id, or pipe objects that have an Id property; Get-Help Add-{kind.Noun} -Examples shows how.",
        input);

    internal static IdleHandsException WrongKind(EntryKind kind, string given, object input) => new(
        "WrongKind",
        FailureKind.InvalidArgument,
        $"Add-{kind.Noun} takes {kind.Word}s or plain objects with their properties, not {given}.",
        $"Pipe what Get-{kind.Noun} or Import-Csv gives, or give -Id and the values.",
        input);

    internal static IdleHandsException NoVault(VaultException cause) => new(
        "NoVault",
        FailureKind.Unavailable,
        $"A password that is given as a SecureString has to be kept in a vault, and there is none to keep it in: {cause.Message}.",
        $"{PasswordWays} {cause.Advice}");

    internal static IdleHandsException PasswordNotKept(string hostId, VaultException cause) => new(
        "PasswordNotKept",
        FailureKind.Failed,
        $"The password of host '{hostId}' could not be kept in the default vault: {cause.Message}. The host is left as it was.",
        cause.Advice,
        hostId);

    internal static IdleHandsException NoReference() => new(
        "NoSecretReference",
        FailureKind.InvalidArgument,
        "A password in clear, or shown as ***, is not stored: only a reference to where it is kept.",
        PasswordWays);

    internal static IdleHandsException FileNotFound(string path) => new(
        "FileNotFound",
        FailureKind.NotFound,
        $"There is no file '{path}'.",
        "Test-IHConfiguration without -Path checks the user's own configuration.",
        path);

    internal static IdleHandsException NoImportFile(string path, string why) => new(
        "ImportUnreadable",
        FailureKind.NotFound,
        $"Nothing was imported: '{path}' names no file: {why}.",
        "Give a path of the file system; Get-Help Import-IHConfiguration -Examples shows how.",
        path);

    internal static IdleHandsException NotAnEntry(object input) => new(
        "WrongKind",
        FailureKind.InvalidArgument,
        $"Export-IHConfiguration takes hosts, backends and models, not {input.GetType().Name}.",
        "Pipe what Get-IHHost, Get-IHBackend or Get-IHModel gives, or nothing, to export all.",
        input);

    internal static IdleHandsException ExportExists(string path) => new(
        "ExportExists",
        FailureKind.AlreadyExists,
        $"The file '{path}' is there already, and -NoClobber keeps it.",
        "Give Export-IHConfiguration another path, or leave -NoClobber out.",
        path);

    internal static IdleHandsException ExportIntoConfiguration(string path) => new(
        "ExportIntoConfiguration",
        FailureKind.InvalidArgument,
        $"'{path}' is the configuration itself, and an export holds neither its passwords in clear nor its unknown keys, nor what was not piped. It was left as it is.",
        "Give Export-IHConfiguration another path; Import-IHConfiguration changes the configuration.",
        path);

    internal static IdleHandsException ExportReadOnly(string path) => new(
        "ExportUnwritable",
        FailureKind.Permission,
        $"The file '{path}' is read-only and was left as it is.",
        "Export-IHConfiguration -Force replaces it.",
        path);

    internal static IdleHandsException ExportUnwritable(string path, string why, Exception? cause = null) => new(
        "ExportUnwritable",
        cause is UnauthorizedAccessException ? FailureKind.Permission : FailureKind.Failed,
        $"The file '{path}' can't be written: {why.TrimEnd('.')}.",
        "Give Export-IHConfiguration a path in a directory that this user may write to.",
        path,
        cause);

    internal static IdleHandsException NoYaml(Exception cause) => new(
        "YamlUnavailable",
        FailureKind.Failed,
        $"YAML can't be read, because a part of the module can't be loaded: {cause.Message}",
        "Install the module again, with its folder deps: Install-Module IdleHands -Force. Import-IHConfiguration reads JSON without it.",
        null,
        cause);

    internal static IdleHandsException BadWildcard(string pattern, Exception cause) => new(
        "BadWildcard",
        FailureKind.InvalidArgument,
        $"'{pattern}' is no valid wildcard pattern: {cause.Message}",
        "Get-Help about_Wildcards tells what a pattern may hold.",
        pattern,
        cause);

    /// <summary>
    /// True for what a question that nobody can answer ends with: a session without a user, a host without prompts, and
    /// PowerShell's own console at the end of its input, which falls over a line that is not there.
    /// </summary>
    internal static bool IsUnanswered(Exception exception) =>
        exception is HostException or PSInvalidOperationException or NotImplementedException or NotSupportedException or NullReferenceException;

    internal static IdleHandsException CannotAsk(string action, string target, Exception cause) => new(
        "ConfirmationNeeded",
        FailureKind.Unavailable,
        $"{action} {target} needs a confirmation, and this session can't ask for one.",
        "Add -Confirm:$false to go on without a question, or -WhatIf to see what would happen.",
        target,
        cause);

    internal static IdleHandsException CannotAskSetup(string path, Exception cause) => new(
        "ConfirmationNeeded",
        FailureKind.Unavailable,
        $"Setting up '{path}' needs answers, and this session can't ask. Nothing was written.",
        "Initialize-IHConfiguration -Auto adds all that was found without a question; -WhatIf shows it.",
        path,
        cause);

    internal static IdleHandsException NoDirectory(string path) => new(
        "DirectoryNotFound",
        FailureKind.NotFound,
        $"There is no directory '{path}' to look for models in. Nothing was written.",
        "Correct -ModelPath, or leave it out to look in the usual places.",
        path);

    internal static IdleHandsException RuleNotFound(string id) => new(
        "RuleNotFound",
        FailureKind.NotFound,
        $"There is no rule '{id}' of the diagnosis.",
        "Get-IHDiagnostic -RuleId completes their ids; docs/diagnostics.md explains them.",
        id);

    internal static IdleHandsException HistoryNotFound(string id) => new(
        "HistoryNotFound",
        FailureKind.NotFound,
        $"The history tells of no select of model '{id}'.",
        "Get-IHHistory without an id shows all that it tells of.",
        id);

    internal static IdleHandsException NoActiveModel() => new(
        "NoActiveModel",
        FailureKind.NotFound,
        "No model is active, so there is none to wait for.",
        "Name the model: Wait-IHModel <id>. Get-IHModel lists them; Select-IHModel <id> starts one.");

    internal static IdleHandsException WildcardNotAllowed(string id) => new(
        "WildcardNotAllowed",
        FailureKind.InvalidArgument,
        $"One model can be selected at a time, and '{id}' may mean several.",
        $"Get-IHModel '{id}' lists them; select one by its id.",
        id);
}
