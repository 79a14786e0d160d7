//! Checks the ways to send.

use std::collections::BTreeMap;
use std::path::Path;

use super::channel_settings::{
    ChannelSettings, ExecSettings, GatewaySettings, MailSecurity, MailSettings, RobotSettings,
    SignedSettings, WebhookSettings,
};
use super::secret::SecretFile;
use super::span::Span;
use super::{ChannelConfig, check};
use crate::channel::{Spec, exec, gateway, mail, robot, signed, webhook};
use crate::error::NotifyError;

/// What chat robots allow in a minute before they refuse, `DingTalk` for the next ten.
const ROBOT_PER_MINUTE: u32 = 20;
/// Of everything else: a page a second is more than anybody reads.
const PER_MINUTE: u32 = 60;
/// One attempt: gateways that call a telephone answer within seconds.
const TIMEOUT: Span = Span::seconds(10);
/// Longest attempt: a channel sends one page after the other.
const LONGEST: Span = Span::minutes(1);

pub(super) fn check(
    asked: Vec<ChannelSettings>,
    folder: &Path,
) -> Result<BTreeMap<String, ChannelConfig>, NotifyError> {
    let mut channels = BTreeMap::new();
    for (i, channel) in asked.into_iter().enumerate() {
        let at = format!("channels[{i}]");
        check::name(&format!("{at}.name"), &channel.name)?;
        let name = channel.name.clone();
        let made = one(&at, channel, folder)?;
        check::once(&at, channels.insert(name, made).is_none())?;
    }
    Ok(channels)
}

fn one(at: &str, asked: ChannelSettings, folder: &Path) -> Result<ChannelConfig, NotifyError> {
    let files = Files { at, folder };
    let mut kinds = Vec::new();
    if let Some(webhook) = asked.webhook {
        kinds.push(files.webhook(&webhook)?);
    }
    if let Some(signed) = asked.signed {
        kinds.push(files.signed(&signed)?);
    }
    if let Some(mail) = asked.mail {
        kinds.push(files.mail(mail)?);
    }
    if let Some(gateway) = asked.gateway {
        kinds.push(files.gateway(gateway)?);
    }
    if let Some(exec) = asked.exec {
        kinds.push(files.exec(exec)?);
    }
    let robots = [
        ("wecom", asked.wecom, robot::Maker::WeCom),
        ("dingtalk", asked.dingtalk, robot::Maker::DingTalk),
        ("feishu", asked.feishu, robot::Maker::Feishu),
    ];
    for (field, robot, maker) in robots {
        if let Some(robot) = robot {
            kinds.push(files.robot(field, &robot, maker)?);
        }
    }
    let (Some(spec), true) = (kinds.pop(), kinds.is_empty()) else {
        let mend = "exactly one of webhook, signed, mail, gateway, exec, wecom, dingtalk and feishu";
        return Err(NotifyError::invalid(at, mend));
    };
    let usual = if matches!(spec, Spec::Robot(_)) {
        ROBOT_PER_MINUTE
    } else {
        PER_MINUTE
    };
    let per_minute = asked.per_minute.unwrap_or(usual);
    if per_minute == 0 || per_minute > 600 {
        return Err(NotifyError::invalid(format!("{at}.per_minute"), "1 to 600"));
    }
    let timeout = asked.timeout.unwrap_or(TIMEOUT);
    if timeout < Span::seconds(1) || timeout > LONGEST {
        return Err(NotifyError::invalid(format!("{at}.timeout"), "1s to 1m"));
    }
    Ok(ChannelConfig {
        per_minute,
        timeout,
        spec,
    })
}

/// Files that a channel names, read once so that a mistake shows at the start.
struct Files<'a> {
    at: &'a str,
    folder: &'a Path,
}

impl Files<'_> {
    fn file(&self, field: &str, path: &str) -> Result<SecretFile, NotifyError> {
        let file = SecretFile::below(self.folder, path);
        match file.read() {
            Ok(_) => Ok(file),
            Err(error) => Err(self.bad(field, error.to_string())),
        }
    }

    fn maybe(&self, field: &str, path: Option<&String>) -> Result<Option<SecretFile>, NotifyError> {
        path.map(|path| self.file(field, path)).transpose()
    }

    fn url(&self, field: &str, path: &str) -> Result<SecretFile, NotifyError> {
        let file = self.file(field, path)?;
        let text = file.read().map_err(|error| self.bad(field, error.to_string()))?;
        crate::channel::http::address(&text).map_err(|mend| self.bad(field, mend))?;
        Ok(file)
    }

    fn bad(&self, field: &str, mend: impl Into<String>) -> NotifyError {
        NotifyError::invalid(format!("{}.{field}", self.at), mend)
    }

    fn webhook(&self, asked: &WebhookSettings) -> Result<Spec, NotifyError> {
        Ok(Spec::Webhook(webhook::Settings {
            url: self.url("webhook.url_file", &asked.url_file)?,
            token: self.maybe("webhook.token_file", asked.token_file.as_ref())?,
            max_alerts: asked.max_alerts,
        }))
    }

    fn signed(&self, asked: &SignedSettings) -> Result<Spec, NotifyError> {
        Ok(Spec::Signed(signed::Settings {
            url: self.url("signed.url_file", &asked.url_file)?,
            key: self.file("signed.key_file", &asked.key_file)?,
        }))
    }

    fn mail(&self, asked: MailSettings) -> Result<Spec, NotifyError> {
        let loopback = asked.host == "localhost"
            || asked
                .host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|ip| ip.is_loopback());
        if asked.security == MailSecurity::None && !loopback {
            return Err(self.bad(
                "mail.security",
                "tls or starttls: without, only a server on loopback is used",
            ));
        }
        let from = asked
            .from
            .parse()
            .map_err(|_| self.bad("mail.from", "like Backstop <alerts@bank.example>"))?;
        Ok(Spec::Mail(mail::Settings {
            port: asked.port.unwrap_or(match asked.security {
                MailSecurity::Tls => 465,
                MailSecurity::Starttls => 587,
                MailSecurity::None => 25,
            }),
            host: asked.host,
            security: asked.security,
            from,
            to: self.maybe("mail.to_file", asked.to_file.as_ref())?,
            login: self.maybe("mail.login_file", asked.login_file.as_ref())?,
        }))
    }

    fn gateway(&self, asked: GatewaySettings) -> Result<Spec, NotifyError> {
        let template = asked.body.to_string();
        if !template.contains("{text}") || !template.contains("{to}") {
            return Err(self.bad(
                "gateway.body",
                "a table whose strings hold {to} and {text}, and {key} and {code}",
            ));
        }
        if asked
            .expect
            .as_ref()
            .is_some_and(|expect| !expect.pointer.starts_with('/'))
        {
            return Err(self.bad("gateway.expect.pointer", "a JSON pointer like /code"));
        }
        Ok(Spec::Gateway(gateway::Settings {
            url: self.url("gateway.url_file", &asked.url_file)?,
            token: self.maybe("gateway.token_file", asked.token_file.as_ref())?,
            body: asked.body,
            expect: asked.expect.map(|expect| (expect.pointer, expect.value)),
            to: self.maybe("gateway.to_file", asked.to_file.as_ref())?,
            max_chars: asked.max_chars.unwrap_or(300).clamp(60, 2000),
        }))
    }

    fn exec(&self, asked: ExecSettings) -> Result<Spec, NotifyError> {
        if !Path::new(&asked.program).is_absolute() {
            return Err(self.bad(
                "exec.program",
                "an absolute path: no search path decides what is run",
            ));
        }
        if asked.args.len() > 64 {
            return Err(self.bad("exec.args", "at most 64 arguments"));
        }
        Ok(Spec::Exec(exec::Settings {
            program: asked.program.into(),
            args: asked.args,
        }))
    }

    fn robot(&self, field: &str, asked: &RobotSettings, maker: robot::Maker) -> Result<Spec, NotifyError> {
        if maker == robot::Maker::WeCom && asked.secret_file.is_some() {
            return Err(self.bad(
                "wecom.secret_file",
                "leave it out: WeCom's robots have no signature",
            ));
        }
        Ok(Spec::Robot(robot::Settings {
            maker,
            url: self.url(&format!("{field}.url_file"), &asked.url_file)?,
            secret: self.maybe(&format!("{field}.secret_file"), asked.secret_file.as_ref())?,
        }))
    }
}
